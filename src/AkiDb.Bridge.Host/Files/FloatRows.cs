using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Vectors as little-endian float32, row after row. Rows have no names here, so that one without a vector is NaN: the row behind it keeps its number.</summary>
internal static class FloatRows
{
    /// <summary>The bytes of one component.</summary>
    public const int ComponentBytes = sizeof(float);

    public static async ValueTask WriteAsync(Stream output, IReadOnlyList<VectorRow> rows, int dimension, CancellationToken cancellationToken)
    {
        var bytes = new byte[rows.Count * dimension * ComponentBytes];
        for (var i = 0; i < rows.Count; i++)
        {
            Copy(rows[i].Vector, bytes.AsSpan(i * dimension * ComponentBytes, dimension * ComponentBytes));
        }

        await output.WriteAsync(bytes, cancellationToken);
    }

    private static void Copy(ReadOnlyMemory<float>? vector, Span<byte> row)
    {
        var values = MemoryMarshal.Cast<byte, float>(row);
        if (vector is { } known)
        {
            known.Span.CopyTo(values);
        }
        else
        {
            values.Fill(float.NaN);
        }

        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<byte, int>(row);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }
}
