using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Workers;

/// <summary>A worker that has loaded its model and may be given work.</summary>
/// <param name="slot">The seat it sits in; names it.</param>
/// <param name="connection">Its pipes.</param>
/// <param name="dimension">The values of one row.</param>
/// <param name="precision">The precision that it computes in.</param>
internal sealed class Worker(int slot, WorkerConnection connection, int dimension, string precision) : IEngine
{
    private readonly TaskCompletionSource<WorkerDeath> death = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Slot { get; } = slot;

    public string Name { get; } = $"worker:{slot}";

    public string Precision { get; } = precision;

    public WorkerConnection Connection { get; } = connection;

    /// <summary>The tokens of one batch that suit it. Default 512: on a processor larger batches are no faster, and who comes next waits longer.</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>Completes, a moment after its connection has ended, with how it ended. Never faults.</summary>
    public Task<WorkerDeath> Death => death.Task;

    /// <summary>Its slot knows how it ended. Later calls change nothing.</summary>
    public void Bury(WorkerDeath how) => death.TrySetResult(how);

    /// <inheritdoc/>
    public ValueTask<EngineReply> EmbedAsync(TokenBatch batch, Memory<float> rows, TimeSpan timeout, CancellationToken cancellationToken) =>
        Connection.EmbedAsync(batch, dimension, rows, timeout, cancellationToken);
}
