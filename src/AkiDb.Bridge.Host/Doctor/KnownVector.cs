using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>A vector that the reference library has computed: whoever gives another one is wrong.</summary>
internal static class KnownVector
{
    /// <summary>The model whose vector is known.</summary>
    public const string Model = "sentence-transformers/all-MiniLM-L6-v2";

    /// <summary>The text whose vector is known.</summary>
    public const string Text = "The quick brown fox jumps over the lazy dog.";

    private const string Resource = "AkiDb.Bridge.Host.Doctor.all-MiniLM-L6-v2.f32";

    private static readonly float[] Values = Read();

    /// <summary>The cosine of a vector with the known one; 1 for the same direction.</summary>
    public static double CosineWith(ReadOnlySpan<float> vector) => vector.Length == Values.Length ? TensorPrimitives.CosineSimilarity(vector, Values) : 0;

    private static float[] Read()
    {
        using var stream = typeof(KnownVector).Assembly.GetManifestResourceStream(Resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }
}
