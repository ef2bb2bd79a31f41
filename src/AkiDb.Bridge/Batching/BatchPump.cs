using AkiDb.Bridge.Dispatch;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Finds seats for the queues that have texts, and has their batches cut and computed.</summary>
internal sealed class BatchPump : IAsyncDisposable
{
    // Behind a batch that takes longer than most it is the engine's turn that is waited for, as ever: what limits that wait applies.
    private static readonly TimeSpan MostGrowth = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource stop = new();
    private readonly HashSet<Task> pumps = [];
    private readonly Lock gate;
    private readonly Dispatcher dispatcher;
    private readonly BatchRunner runner;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly GrowingBatches growing;
    private bool closed;

    /// <param name="gate">The batcher's lock.</param>
    /// <param name="dispatcher">Has the seats.</param>
    /// <param name="runner">Cuts and computes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public BatchPump(Lock gate, Dispatcher dispatcher, BatchRunner runner, TimeProvider time, ILogger logger)
    {
        (this.gate, this.dispatcher, this.runner, this.time, this.logger) = (gate, dispatcher, runner, time, logger);
        growing = new GrowingBatches(gate);
        dispatcher.OnFreeSeat(growing.NoteSeat);
    }

    /// <summary>Texts have joined the queue: somebody looks for a seat for them, if nobody does yet.</summary>
    public void Pump(TextQueue queue)
    {
        growing.NoteTexts(queue);
        lock (gate)
        {
            if (queue.IsPumped || queue.IsEmpty || closed)
            {
                return;
            }

            queue.IsPumped = true;
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

    /// <summary>Gives up looking for seats.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Task> ending;
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            closed = true;
            ending = [.. pumps];
        }

        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(ending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    // Runs on the thread of the request that found nobody pumping, for as long as there are free seats; then wherever a seat becomes free.
    private async Task PumpAsync(TextQueue queue)
    {
        while (true)
        {
            var seat = await FindSeatAsync(queue.Wish).ConfigureAwait(false);
            if (GrowthOf(queue, seat) is { } growth)
            {
                await growth.WaitAsync(MostGrowth, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                seat = await BetterSeatAsync(queue, seat!).ConfigureAwait(false);
            }

            var batch = runner.Cut(queue, seat);
            if (batch is null)
            {
                seat?.Dispose();
                return;
            }

            runner.Start(queue, batch);
        }
    }

    private async ValueTask<Seat?> FindSeatAsync(SeatWish wish)
    {
        try
        {
            return await dispatcher.FindSeatAsync(wish, stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // A bug of ours: the next batch meets it again and tells its texts, and the queue moves on.
            Log.NoSeat(logger, error);
            return null;
        }
    }

    private Task? GrowthOf(TextQueue queue, Seat? seat)
    {
        lock (gate)
        {
            return seat is null || queue.IsEmpty || queue.Fills(seat.BatchTokens) || !runner.IsBehindAnother(seat) ? null : growing.Add(queue, seat.BatchTokens);
        }
    }

    // Another engine may be the one that has become free, and this one may have gone. Whatever is found now is taken: nothing grows twice.
    private ValueTask<Seat?> BetterSeatAsync(TextQueue queue, Seat seat)
    {
        lock (gate)
        {
            growing.Remove(queue);
        }

        seat.Dispose();
        return FindSeatAsync(queue.Wish);
    }
}
