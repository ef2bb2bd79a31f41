using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>Watches a ready worker until something ends it.</summary>
/// <param name="connection">Its pipes.</param>
/// <param name="exited">Completes when its process has ended.</param>
/// <param name="options">How patient to be.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerWatch(WorkerConnection connection, Task exited, SupervisionOptions options, TimeProvider time)
{
    // What a dying worker has written last is still in the pipe.
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(100);

    /// <summary>Told of every answer to a ping.</summary>
    public Action<PongMessage> OnPong { get; init; } = _ => { };

    /// <summary>Told false when a ping is not answered in time, and true when it is in the end.</summary>
    public Action<bool> OnResponsive { get; init; } = _ => { };

    /// <summary>Pings until the connection or the process ends, the worker stops answering, or its computation stops moving.</summary>
    /// <returns>Why the worker must be replaced.</returns>
    /// <exception cref="OperationCanceledException">The watch is over.</exception>
    public async Task<WatchEnd> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var pause = Task.Delay(options.PingInterval, time, cancellationToken);
            await Task.WhenAny(pause, connection.Closed, exited).ConfigureAwait(false);
            if (await EndedAsync(cancellationToken).ConfigureAwait(false) is { } ended)
            {
                return ended;
            }

            await pause.ConfigureAwait(false);
            if (await PingAsync(cancellationToken).ConfigureAwait(false) is { } silent)
            {
                return silent;
            }
        }
    }

    private async Task<WatchEnd?> EndedAsync(CancellationToken cancellationToken)
    {
        if (exited.IsCompleted)
        {
            await ((Task)connection.Closed).WaitAsync(LastWords, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (connection.Closed.IsCompleted)
        {
            return new WatchEnd(await connection.Closed.ConfigureAwait(false));
        }

        return exited.IsCompleted ? new WatchEnd("The worker is gone, although something that it started keeps its pipe open.") : null;
    }

    private async Task<WatchEnd?> PingAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.PingTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        IReadOnlyList<BatchSize>? inFlight = null;
        try
        {
            var ping = connection.PingAsync(either.Token);
            var soon = Task.Delay(options.UnhealthyAfter, time, either.Token);
            await Task.WhenAny(ping, soon, exited).ConfigureAwait(false);
            if (!ping.IsCompleted && soon.IsCompletedSuccessfully)
            {
                // Before those who wait for its answers are told to look elsewhere.
                inFlight = connection.InFlightBatches();
                OnResponsive(false);
            }

            await Task.WhenAny(ping, exited).ConfigureAwait(false);
            if (!ping.IsCompleted && await EndedAsync(cancellationToken).ConfigureAwait(false) is { } ended)
            {
                await either.CancelAsync().ConfigureAwait(false);
                await ((Task)ping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return ended;
            }

            var pong = await ping.ConfigureAwait(false);
            OnPong(pong);
            if (inFlight is not null)
            {
                OnResponsive(true);
            }

            await either.CancelAsync().ConfigureAwait(false);
            return pong.ProgressMilliseconds > options.StallTimeout.Value.TotalMilliseconds
                ? new WatchEnd($"Its computation has not moved for {TimeSpan.FromMilliseconds(pong.ProgressMilliseconds.Value)}.") { Alive = true, Stuck = true }
                : null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new WatchEnd($"It did not answer a ping within {options.PingTimeout}.") { Alive = true, Stuck = true, InFlight = inFlight };
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return await EndedAsync(cancellationToken).ConfigureAwait(false) ?? new WatchEnd($"Its pipe broke: {error.Message}");
        }
    }
}
