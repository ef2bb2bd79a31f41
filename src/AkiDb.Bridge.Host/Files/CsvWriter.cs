using System.Buffers;
using System.Globalization;
using System.Text;

namespace AkiDb.Bridge.Host.Files;

/// <summary>The name and the components of a vector, separated by commas, under a row of their names: <c>id,0,1,2,...</c></summary>
/// <param name="output">Where they go.</param>
/// <param name="dimension">The components of a vector.</param>
/// <param name="isNew">Whether it begins here.</param>
internal sealed class CsvWriter(Stream output, int dimension, bool isNew) : IRowWriter
{
    private const int LongestNumber = 16;
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    private readonly ArrayBufferWriter<byte> lines = new();
    private bool needsHeader = isNew;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken)
    {
        WriteHeader();
        foreach (var (id, vector) in rows)
        {
            if (vector is { } values)
            {
                Add(id.Text.AsSpan().ContainsAny(Quoted) ? $"\"{id.Text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : id.Text);
                foreach (var value in values.Span)
                {
                    lines.Write(","u8);

                    // The shortest digits that give the same number again.
                    value.TryFormat(lines.GetSpan(LongestNumber), out var written, "R", CultureInfo.InvariantCulture);
                    lines.Advance(written);
                }

                lines.Write("\n"u8);
            }
        }

        await output.WriteAsync(lines.WrittenMemory, cancellationToken);
        lines.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public async ValueTask<WriterPosition?> SaveAsync(CancellationToken cancellationToken)
    {
        await CompleteAsync(cancellationToken);
        return new WriterPosition(output.Position, []);
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await WriteAsync([], cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void WriteHeader()
    {
        if (needsHeader)
        {
            Add($"id,{string.Join(',', Enumerable.Range(0, dimension))}\n");
            needsHeader = false;
        }
    }

    private void Add(string text) => Encoding.UTF8.GetBytes(text, lines);
}
