using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Workers;

/// <summary>A worker that has loaded its model and may be given work.</summary>
/// <param name="slot">The seat it sits in; names it.</param>
/// <param name="connection">Its pipes.</param>
/// <param name="dimension">The values of one row.</param>
/// <param name="precision">The precision that it computes in.</param>
internal sealed class Worker(int slot, WorkerConnection connection, int dimension, string precision) : IEngine
{
    public int Slot { get; } = slot;

    public string Name { get; } = $"worker:{slot}";

    public string Precision { get; } = precision;

    public WorkerConnection Connection { get; } = connection;

    /// <inheritdoc/>
    public ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken) =>
        Connection.EmbedAsync(batch, dimension, rows, timeout, cancellationToken);
}
