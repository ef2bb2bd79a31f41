using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Finds engines for the queues that have texts, and has their batches cut and computed.</summary>
internal sealed class BatchPump : IAsyncDisposable
{
    // Behind a batch that takes longer than most a batch waits at the engine, as ever: what limits that wait applies.
    private static readonly TimeSpan MostGrowth = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly HashSet<Task> pumps = [];
    private readonly BatcherState state;
    private readonly IBatchDispatcher dispatcher;
    private readonly BatchRunner runner;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private bool disposed;

    public BatchPump(BatcherState state, IBatchDispatcher dispatcher, BatchRunner runner, TimeProvider time, ILogger logger)
    {
        (this.state, this.dispatcher, this.runner, this.time, this.logger) = (state, dispatcher, runner, time, logger);
        dispatcher.OnFreeLease(LetGrownBatchesGo);
    }

    /// <summary>Texts have joined the queue: somebody looks for an engine for them, if nobody does yet.</summary>
    public void Pump(TextQueue queue)
    {
        var begins = state.TryBeginPump(queue, out var grown);
        grown?.TrySetResult();
        if (!begins)
        {
            return;
        }

        var pump = PumpAsync(queue);
        if (!pump.IsCompleted)
        {
            lock (gate)
            {
                pumps.RemoveWhere(ended => ended.IsCompleted);
                pumps.Add(pump);
            }
        }
    }

    /// <summary>Gives up looking for engines; nothing is taken in any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Stop() is { } ending)
        {
            await Task.WhenAll(ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.Dispose();
        }
    }

    // What waits for an engine gives up on this thread. Returns what has not ended with it; null the second time.
    private List<Task>? Stop()
    {
        List<Task> ending;
        lock (gate)
        {
            if (disposed)
            {
                return null;
            }

            disposed = true;
            ending = [.. pumps];
        }

        stop.Cancel();
        return ending;
    }

    private void LetGrownBatchesGo()
    {
        foreach (var grown in state.Growing())
        {
            grown.TrySetResult();
        }
    }

    // Runs on the thread of the request that found nobody pumping, for as long as there are free leases; then wherever one comes back.
    private async Task PumpAsync(TextQueue queue)
    {
        EngineLease? lease = null;
        try
        {
            while (true)
            {
                lease = await LeaseAsync(queue.Requirements).ConfigureAwait(false);
                if (lease is not null && state.TryGrow(queue, lease) is { } growth)
                {
                    await growth.WaitAsync(MostGrowth, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

                    // Another engine may be the one that is free now, and this one may have gone. Whatever is found is taken: nothing grows twice.
                    state.StopGrowing(queue);
                    lease.Dispose();
                    lease = await LeaseAsync(queue.Requirements).ConfigureAwait(false);
                }

                if (state.Cut(queue, lease) is not { } batch)
                {
                    lease?.Dispose();
                    return;
                }

                lease = null;
                runner.Start(queue, batch);
            }
        }
        catch (Exception error)
        {
            // An internal error. The next text that comes has the queue pumped again.
            Log.NoEngine(logger, error);
            lease?.Dispose();
            state.EndPump(queue);
        }
    }

    private async ValueTask<EngineLease?> LeaseAsync(EngineRequirements requirements)
    {
        try
        {
            return await dispatcher.LeaseAsync(requirements, stop.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            if (!stop.IsCancellationRequested)
            {
                // An internal error: the next batch meets it again and tells its texts, and the queue moves on.
                Log.NoEngine(logger, error);
            }

            return null;
        }
    }
}
