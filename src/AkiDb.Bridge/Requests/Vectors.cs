namespace AkiDb.Bridge.Requests;

/// <summary>Turns pooled rows into vectors: cut to the wanted dimensions, then scaled to length 1 if wanted. The same for every engine.</summary>
internal static class Vectors
{
    // sentence-transformers divides by max(norm, 1e-12), as torch.nn.functional.normalize does: the zero vector stays zero.
    private const double LeastNorm = 1e-12;

    /// <summary>Writes the vector of one row.</summary>
    /// <param name="row">The pooled row, of the model's full dimension.</param>
    /// <param name="normalize">Whether to scale to length 1.</param>
    /// <param name="vector">Where it goes; its length is the wanted dimensions.</param>
    public static void Finish(ReadOnlySpan<float> row, bool normalize, Span<float> vector)
    {
        row[..vector.Length].CopyTo(vector);
        if (!normalize)
        {
            return;
        }

        // Summed in double: the result does not depend on the order, and so not on the engine or the processor.
        var sum = 0.0;
        foreach (var value in vector)
        {
            sum += (double)value * value;
        }

        var scale = 1 / Math.Max(Math.Sqrt(sum), LeastNorm);
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(vector[i] * scale);
        }
    }
}
