namespace AkiDb.Bridge.Host.Files;

/// <summary>NumPy's format 1.0: little-endian float32, row after row. The number of rows is written when it is known, at the end.</summary>
/// <param name="output">Where they go; it can be sought in.</param>
/// <param name="dimension">The components of a vector.</param>
internal sealed class NpyWriter(Stream output, int dimension) : IRowWriter
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        await FloatRows.WriteAsync(output, rows, dimension, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<WriterPosition?> SaveAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        await output.FlushAsync(cancellationToken);
        return new WriterPosition(output.Position, []);
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken);
        var rows = (output.Position - NpyHeader.Bytes) / ((long)dimension * FloatRows.ComponentBytes);
        output.Position = 0;
        await output.WriteAsync(NpyHeader.Write(rows, dimension), cancellationToken);
        await output.FlushAsync(cancellationToken);
        output.Seek(0, SeekOrigin.End);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask BeginAsync(CancellationToken cancellationToken) =>
        output.Position == 0 ? output.WriteAsync(NpyHeader.Write(0, dimension), cancellationToken) : ValueTask.CompletedTask;
}
