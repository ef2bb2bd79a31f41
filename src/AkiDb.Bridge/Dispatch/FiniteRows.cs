using System.Numerics;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Whether an engine answered numbers.</summary>
internal static class FiniteRows
{
    /// <summary>Whether no value is NaN or infinite.</summary>
    public static bool All(ReadOnlySpan<float> values)
    {
        // x * 0 is 0 for every finite x and NaN for all others.
        var sum = Vector<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (var vector in vectors)
        {
            sum += vector * Vector<float>.Zero;
        }

        var rest = 0f;
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
        {
            rest += value * 0f;
        }

        return Vector.Sum(sum) + rest == 0f;
    }
}
