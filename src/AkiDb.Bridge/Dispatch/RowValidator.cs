using System.Numerics;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Dispatch;

/// <summary>Whether rows can be a model's at all. A row that cannot is an engine's fault and is never delivered.</summary>
/// <param name="dimension">The components of a vector, with which a row begins.</param>
/// <param name="rowValues">The values of a row.</param>
/// <param name="mayBeZero">Whether the model's own rule can make a vector zero, as a static model's does for a text without ids. It is, once it was seen.</param>
internal sealed class RowValidator(int dimension, int rowValues, bool mayBeZero)
{
    // Poolings that sum let the norm grow with the root of a text's length: a hundred times the longest probe's covers ten thousand times its length.
    private const double MostTimes = 100;

    // Two texts may have the same tokens.
    private const int LeastTexts = 4;

    private const double NormalizedWithin = 0.01;
    private const double NormalizedLimit = 0.05;

    private volatile Range bounds = new(double.Epsilon, double.MaxValue, mayBeZero);

    /// <summary>The components of a vector.</summary>
    public int Dimension { get; } = dimension;

    /// <summary>The values of a row.</summary>
    public int RowValues { get; } = rowValues;

    /// <summary>Learns from rows that are right what norms the model gives.</summary>
    /// <returns>Why they cannot be right; null when they can.</returns>
    public string? Learn(ReadOnlySpan<float> rows)
    {
        var norms = new List<double>();
        var zeros = 0;
        for (var start = 0; start < rows.Length; start += RowValues)
        {
            var norm = Norm(rows.Slice(start, Dimension));
            if (!double.IsFinite(norm))
            {
                return "its values are not finite numbers";
            }

            if (norm > 0)
            {
                norms.Add(norm);
            }
            else
            {
                zeros++;
            }
        }

        if (norms.Count == 0 || zeros > (mayBeZero ? rows.Length / RowValues / 2 : 0))
        {
            return "its vectors are zero";
        }

        if (AreTheSame(rows))
        {
            return "they are the same for every text";
        }

        bounds = norms.TrueForAll(norm => Math.Abs(norm - 1) < NormalizedWithin)
            ? new Range(1 - NormalizedLimit, 1 + NormalizedLimit, zeros > 0)
            : new Range(norms.Min() / MostTimes, norms.Max() * MostTimes, zeros > 0);
        return null;
    }

    private bool AreTheSame(ReadOnlySpan<float> rows)
    {
        for (var start = RowValues; start < rows.Length; start += RowValues)
        {
            if (!rows.Slice(start, Dimension).SequenceEqual(rows[..Dimension]))
            {
                return false;
            }
        }

        return rows.Length / RowValues >= LeastTexts;
    }

    /// <summary>Looks at rows that an engine has answered.</summary>
    /// <returns>The first row that cannot be the model's, and why; null when all can.</returns>
    public (int Row, string Why)? FindFault(ReadOnlySpan<float> rows)
    {
        var allowed = bounds;
        for (var row = 0; row * RowValues < rows.Length; row++)
        {
            var values = rows.Slice(row * RowValues, RowValues);
            var norm = Norm(values[..Dimension]);
            var isFinite = double.IsFinite(norm) && AreFinite(values[Dimension..]);
            if (!isFinite || ((norm < allowed.Least || norm > allowed.Most) && !(norm == 0 && allowed.AllowsZero)))
            {
                return (row, isFinite ? norm == 0 ? "is zero" : $"has the length {norm:G3}, which this model does not give" : "has values that are not finite numbers");
            }
        }

        return null;
    }

    /// <summary>The length of a vector; not finite when one of its values is not, or when it is beyond every model's.</summary>
    private static double Norm(ReadOnlySpan<float> vector)
    {
        var sums = Vector<float>.Zero;
        var parts = MemoryMarshal.Cast<float, Vector<float>>(vector);
        foreach (var part in parts)
        {
            sums += part * part;
        }

        var sum = (double)Vector.Sum(sums);
        foreach (var value in vector[(parts.Length * Vector<float>.Count)..])
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    }

    private static bool AreFinite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record Range(double Least, double Most, bool AllowsZero);
}
