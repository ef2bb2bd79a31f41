using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>One ping, and how it stands with it.</summary>
internal sealed class PingRound : IDisposable
{
    // A wait that takes so much longer than it should says that the host was stopped, or had no processor.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(250);

    private readonly WorkerConnection connection;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource over;
    private readonly long pongs;
    private readonly long pings;
    private readonly Task poolRuns = Task.Run(static () => { }, CancellationToken.None);

    public PingRound(WorkerConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        (this.connection, this.time) = (connection, time);
        (pongs, pings) = (connection.PongCount, connection.PingCount);
        over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Ping = connection.PingAsync(over.Token);
    }

    /// <summary>Ends a moment after this is disposed, or before.</summary>
    public Task Ping { get; }

    /// <summary>The worker's answer, as soon as it has been read; also one to an earlier ping.</summary>
    public PongMessage? Answer => connection.PongCount > pongs ? connection.LastPong : null;

    /// <summary>Why the worker cannot be asked; null when it can.</summary>
    public string? Failure => Ping.Exception?.InnerException?.Message;

    /// <summary>Whether the worker has not even been asked, because the host has no thread left to do it.</summary>
    public bool WaitsForThread => connection.PingCount == pings && !poolRuns.IsCompleted;

    /// <summary>Whether there is nothing more to wait for.</summary>
    public bool IsOver => Answer is not null || Ping.IsCompleted;

    /// <summary>Waits for the answer, or for the worker's end.</summary>
    /// <returns>Whether the wait took longer than it should.</returns>
    public async Task<bool> WaitAsync(TimeSpan wait, Task exited)
    {
        if (IsOver || exited.IsCompleted || wait <= TimeSpan.Zero)
        {
            return false;
        }

        var started = time.GetTimestamp();
        using var waited = CancellationTokenSource.CreateLinkedTokenSource(over.Token);
        await Task.WhenAny(Ping, exited, Pause.ForAsync(wait, time, waited.Token));
        waited.Cancel();
        return time.GetElapsedTime(started) > wait + Lateness;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        over.Cancel();
        over.Dispose();
    }
}
