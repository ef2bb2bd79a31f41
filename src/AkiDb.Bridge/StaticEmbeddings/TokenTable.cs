using System.Numerics;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.StaticEmbeddings;

/// <summary>The vectors of a static model's tokens, as they lie in the file.</summary>
internal sealed class TokenTable : IDisposable
{
    private readonly MappedFile[] files;
    private readonly MappedFile table;
    private readonly TensorEntry entry;
    private readonly int[]? mapping;
    private readonly double[]? weights;
    private readonly int tokens;

    /// <exception cref="BridgeException">A file was changed, or the mapping names a row that there is not.</exception>
    public TokenTable(StaticModel model)
    {
        entry = model.Table;
        tokens = model.VocabularySize;
        var opened = new Dictionary<string, MappedFile>(StringComparer.Ordinal);
        try
        {
            foreach (var file in model.Weights.Files)
            {
                opened[file] = new MappedFile(model.Content[file]);
            }

            mapping = model.Mapping is { } rows ? RowsOf(rows, opened[rows.File]) : null;
            weights = model.TokenWeights is { } factors ? [.. TensorNumbers.Read(factors, opened[factors.File])] : null;
        }
        catch
        {
            foreach (var file in opened.Values)
            {
                file.Dispose();
            }

            throw;
        }

        files = [.. opened.Values];
        table = opened[entry.File];
    }

    /// <summary>The components of a vector.</summary>
    public int Dimension => (int)entry.Shape[1];

    /// <summary>Adds the vectors of some tokens.</summary>
    /// <param name="ids">The tokens; an id that is none adds nothing.</param>
    /// <param name="sum">What they are added to. In double, so that neither the length of a text nor the order matters.</param>
    /// <returns>How many were tokens.</returns>
    public int AddTo(Span<double> sum, ReadOnlySpan<int> ids)
    {
        var count = 0;
        foreach (var id in ids)
        {
            if ((uint)id < (uint)tokens)
            {
                Add(mapping is null ? id : mapping[id], weights is null ? 1 : weights[id], sum);
                count++;
            }
        }

        return count;
    }

    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private void Add(int row, double weight, Span<double> sum)
    {
        switch (entry.Type)
        {
            case "F32" when weight == 1:
                AddFloats(Row<float>(row), sum);
                break;
            case "F32":
                AddConverted(Row<float>(row), weight, sum);
                break;
            case "F16":
                AddConverted(Row<Half>(row), weight, sum);
                break;
            case "BF16":
                AddBrainFloats(Row<ushort>(row), weight, sum);
                break;
            case "F64":
                AddConverted(Row<double>(row), weight, sum);
                break;
            default:
                AddConverted(Row<sbyte>(row), weight, sum);
                break;
        }
    }

    private unsafe ReadOnlySpan<T> Row<T>(int row)
        where T : unmanaged => new((byte*)table.Start + entry.Offset + ((long)row * Dimension * sizeof(T)), Dimension);

    private static void AddFloats(ReadOnlySpan<float> row, Span<double> sum)
    {
        var wide = MemoryMarshal.Cast<double, Vector<double>>(sum);
        var done = 0;
        for (; done + Vector<float>.Count <= row.Length; done += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(row[done..]), out var low, out var high);
            wide[done / Vector<double>.Count] += low;
            wide[(done / Vector<double>.Count) + 1] += high;
        }

        AddConverted(row[done..], 1, sum[done..]);
    }

    private static void AddConverted<T>(ReadOnlySpan<T> row, double weight, Span<double> sum)
        where T : INumberBase<T>
    {
        for (var i = 0; i < row.Length; i++)
        {
            sum[i] += double.CreateTruncating(row[i]) * weight;
        }
    }

    private static void AddBrainFloats(ReadOnlySpan<ushort> row, double weight, Span<double> sum)
    {
        for (var i = 0; i < row.Length; i++)
        {
            sum[i] += TensorNumbers.FromBrainFloat(row[i]) * weight;
        }
    }

    private int[] RowsOf(TensorEntry rows, MappedFile file)
    {
        var result = new int[rows.Shape[0]];
        var next = 0;
        foreach (var row in TensorNumbers.Read(rows, file))
        {
            result[next++] = row >= 0 && row < entry.Shape[0]
                ? (int)row
                : throw BadModel.In(rows.File, $"the tensor 'mapping' names the row {row}, but there are {entry.Shape[0]}: it is damaged. Download the model again.");
        }

        return result;
    }
}
