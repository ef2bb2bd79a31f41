using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Supervision;

/// <summary>Pings a ready worker until something ends it.</summary>
/// <remarks>
/// A worker is not judged by how long its host takes. An answer counts when it has been read from the pipe, whether or not there was a thread to go
/// on with; and when the host itself was late, as it is when it was stopped or has no thread left, the worker is asked again.
/// </remarks>
internal sealed class PingMonitor(WorkerConnection connection, Task exited, SupervisionOptions options, TimeProvider time)
{
    // A host that is late every time must not keep a worker that hangs.
    private const int MaxLateRounds = 3;

    // What a dying worker has written last is still in the pipe.
    private static readonly TimeSpan PipeDrain = TimeSpan.FromMilliseconds(100);

    private Task unfinished = Task.CompletedTask;

    /// <summary>Told of every answer to a ping.</summary>
    public Action<PongMessage> OnPong { get; init; } = _ => { };

    /// <summary>Told false when a ping is not answered in time, and true when it is in the end.</summary>
    public Action<bool> OnResponsive { get; init; } = _ => { };

    /// <summary>Told when the host was late, and the worker is asked again.</summary>
    public Action OnLate { get; init; } = () => { };

    /// <summary>Pings until the connection or the process ends, the worker stops answering, or its computation stops moving.</summary>
    /// <returns>Why the worker must be replaced.</returns>
    /// <exception cref="OperationCanceledException">The monitoring is over.</exception>
    public async Task<Symptom> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var pause = Pause.ForAsync(options.PingInterval, time, cancellationToken);
                await Task.WhenAny(pause, connection.Closed, exited);
                if (await EndedAsync(cancellationToken) is { } ended)
                {
                    return ended;
                }

                await pause;
                if (await PingAsync(cancellationToken) is { } silent)
                {
                    return silent;
                }
            }
        }
        finally
        {
            await unfinished.WithoutThrowing();
        }
    }

    private async Task<Symptom?> EndedAsync(CancellationToken cancellationToken)
    {
        if (exited.IsCompleted)
        {
            await ((Task)connection.Closed).WaitAsync(PipeDrain, time, cancellationToken).WithoutThrowing();
        }

        if (connection.Closed.IsCompleted)
        {
            return new Symptom(await connection.Closed);
        }

        return exited.IsCompleted ? new Symptom("The worker is gone, although something that it started keeps its pipe open.") : null;
    }

    private async Task<Symptom?> PingAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<BatchSize>? inFlight = null;
        for (var lateRounds = 0; ; lateRounds++)
        {
            using var round = new PingRound(connection, time, cancellationToken);
            unfinished = Task.WhenAll(unfinished, round.Ping);
            var late = await round.WaitAsync(options.UnhealthyAfter, exited);
            if (!round.IsOver && !late && !round.WaitsForThread && !exited.IsCompleted && inFlight is null)
            {
                // Before those who wait for its answers are told to look elsewhere.
                inFlight = connection.InFlightBatches();
                OnResponsive(false);
            }

            late |= await round.WaitAsync(options.PingTimeout - options.UnhealthyAfter, exited);
            cancellationToken.ThrowIfCancellationRequested();
            if (round.Answer is { } pong)
            {
                return Judge(pong, inFlight is not null);
            }

            if (await EndedAsync(cancellationToken) is { } ended)
            {
                return ended;
            }

            if (round.Failure is { } failure)
            {
                return new Symptom($"Its pipe broke: {failure}");
            }

            if (!round.WaitsForThread && (!late || lateRounds == MaxLateRounds))
            {
                return new Symptom($"It did not answer a ping within {options.PingTimeout}.") { Alive = true, Stuck = true, InFlight = inFlight };
            }

            OnLate();
        }
    }

    private Symptom? Judge(PongMessage pong, bool wasSilent)
    {
        OnPong(pong);
        if (wasSilent)
        {
            OnResponsive(true);
        }

        return pong.ProgressMilliseconds > options.StallTimeout.TotalMilliseconds
            ? new Symptom($"Its computation has not moved for {TimeSpan.FromMilliseconds(pong.ProgressMilliseconds.Value)}.") { Alive = true, Stuck = true }
            : null;
    }
}
