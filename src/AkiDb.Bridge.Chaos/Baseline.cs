using System.Globalization;

namespace AkiDb.Bridge.Chaos;

/// <summary>The vectors that the undisturbed bridge gave, each text in a request of its own, and what may differ from them.</summary>
internal sealed class Baseline
{
    // Between float32 engines, and where one of them computes in 16 bits.
    private const double LeastCosine = 0.9999;
    private const double LeastCosineHalf = 0.999;

    // The largest difference of a component, as a share of the vector's length, where both compute in float32.
    private const double LargestDifference = 1e-4;

    private readonly float[][] vectors;
    private readonly string space;
    private readonly bool isFloat32;

    private Baseline(float[][] vectors, string space)
    {
        this.vectors = vectors;
        this.space = WithoutPrecision(space);
        isFloat32 = IsFloat32(space);
    }

    /// <exception cref="ChaosRefusedException">The bridge does not answer, or nothing could be told from its answers.</exception>
    public static async Task<Baseline> CollectAsync(BridgeClient bridge, CancellationToken cancellationToken)
    {
        var vectors = new List<float[]>();
        var space = "";
        foreach (var text in Corpus.Texts)
        {
            var reply = await bridge.EmbedAsync([text], cancellationToken);
            if (reply is not { Failure: null, Vectors: [var vector] })
            {
                throw new ChaosRefusedException($"The bridge fails before anything was done to it: {reply.Failure ?? "not one vector for one text"}. See its log and GET /readyz.");
            }

            (space, var before) = (reply.Space, space);
            if (before.Length > 0 && WithoutPrecision(before) != WithoutPrecision(space))
            {
                throw new ChaosRefusedException($"The bridge answers from two embedding spaces before anything was done to it: {before} and {space}.");
            }

            // Vectors that are alike would hide answers that were given to the wrong text.
            if (vectors.Exists(other => other.AsSpan().SequenceEqual(vector)))
            {
                throw new ChaosRefusedException("The bridge gives the same vector for different texts: nothing could be told from its answers.");
            }

            vectors.Add(vector);
        }

        return new Baseline([.. vectors], space);
    }

    /// <summary>Compares one answer's vectors with the baseline.</summary>
    /// <param name="texts">The texts of the request, by their index in the corpus.</param>
    /// <param name="reply">The answer.</param>
    /// <returns>What is wrong with each wrong vector; empty when all are right.</returns>
    public IReadOnlyList<string> Check(int[] texts, EmbedReply reply)
    {
        if (reply.Vectors.Length != texts.Length)
        {
            return [$"{reply.Vectors.Length} vectors for {texts.Length} texts, from {reply.ServedBy}"];
        }

        if (WithoutPrecision(reply.Space) != space)
        {
            return [.. texts.Select(text => $"text {text}: of another space, {reply.Space}, from {reply.ServedBy}")];
        }

        var float32 = isFloat32 && IsFloat32(reply.Space);
        return [.. texts.Zip(reply.Vectors).Select(pair => Difference(pair.First, pair.Second, float32)).OfType<string>().Select(wrong => $"{wrong}, from {reply.ServedBy}")];
    }

    private string? Difference(int text, float[] vector, bool float32)
    {
        var expected = vectors[text];
        if (vector.Length != expected.Length)
        {
            return $"text {text}: {vector.Length} components, not {expected.Length}";
        }

        var (dot, length, expectedLength, largest) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < vector.Length; i++)
        {
            dot += (double)vector[i] * expected[i];
            length += (double)vector[i] * vector[i];
            expectedLength += (double)expected[i] * expected[i];
            largest = Math.Max(largest, Math.Abs((double)vector[i] - expected[i]));
        }

        // Written so that what is no number is wrong.
        var cosine = dot / Math.Sqrt(length * expectedLength);
        var right = cosine >= (float32 ? LeastCosine : LeastCosineHalf) && (!float32 || largest <= LargestDifference * Math.Sqrt(expectedLength));
        return right ? null : string.Create(CultureInfo.InvariantCulture, $"text {text}: cosine {cosine:F6}, largest difference {largest:G3}");
    }

    private static string WithoutPrecision(string space) => string.Join(';', space.Split(';').Where(part => !part.StartsWith("precision=", StringComparison.Ordinal)));

    private static bool IsFloat32(string space) => space.Split(';').Contains("precision=float32");
}
