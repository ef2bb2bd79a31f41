namespace AkiDb.Bridge.Host.Files;

/// <summary>Little-endian float32, row after row, and nothing else.</summary>
/// <param name="output">Where they go.</param>
/// <param name="dimension">The components of a vector.</param>
internal sealed class Float32Writer(Stream output, int dimension) : IRowWriter
{
    /// <inheritdoc/>
    public ValueTask WriteAsync(IReadOnlyList<VectorRow> rows, CancellationToken cancellationToken) => FloatRows.WriteAsync(output, rows, dimension, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<WriterPosition?> SaveAsync(CancellationToken cancellationToken)
    {
        await output.FlushAsync(cancellationToken);
        return new WriterPosition(output.Position, []);
    }

    /// <inheritdoc/>
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => new(output.FlushAsync(cancellationToken));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
