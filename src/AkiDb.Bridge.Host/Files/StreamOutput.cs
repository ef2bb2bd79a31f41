using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Vectors on standard output. What was written cannot be taken back: nothing is saved, and bad rows are told on standard error.</summary>
/// <param name="output">Standard output.</param>
/// <param name="writer">Writes to it.</param>
internal sealed class StreamOutput(Stream output, IRowWriter writer) : IVectorOutput
{
    /// <inheritdoc/>
    public async Task WriteAsync(IReadOnlyList<VectorRow> rows, IReadOnlyList<BadRow> bad, long end, string digest)
    {
        await writer.WriteAsync(rows, CancellationToken.None);
        await output.FlushAsync();
        foreach (var row in bad)
        {
            await StandardError.WriteLineAsync($"Line {row.Line} of '{row.File}' is left out: {row.Reason}");
        }
    }

    /// <inheritdoc/>
    public Task SaveAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task CompleteAsync() => await writer.CompleteAsync(CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await output.DisposeAsync();
    }
}
