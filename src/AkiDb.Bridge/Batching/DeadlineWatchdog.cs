using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

/// <summary>Ends what is open 50 ms after its deadline. Nothing should be: it is an internal error, logged and counted.</summary>
/// <remarks>One timer, aimed at the earliest deadline there is. Most requests have as much time as those before them, and leave it where it is.</remarks>
internal sealed class DeadlineWatchdog : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(50);

    // Timers of an idle machine are this exact. With a later one nothing says that the request's own was not as late.
    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MostWait = TimeSpan.FromDays(1);
    private static readonly BridgeError Overdue = new(
        BridgeErrorKind.DeadlineExceeded, "The request's time was over before its vectors were computed, and an internal error kept it open.");

    private readonly Lock gate = new();
    private readonly BatcherState state;
    private readonly Action<EmbedJob, BridgeError> end;
    private readonly Func<EmbedJob, BridgeError> outOfTime;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ITimer timer;
    private long aimedAt = long.MaxValue;
    private long ended;

    public DeadlineWatchdog(
        BatcherState state, Action<EmbedJob, BridgeError> end, Func<EmbedJob, BridgeError> outOfTime, TimeProvider time, ILogger logger)
    {
        (this.state, this.end, this.outOfTime, this.time, this.logger) = (state, end, outOfTime, time, logger);
        timer = time.CreateTimer(_ => Check(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The requests that it had to end.</summary>
    public long Ended => Interlocked.Read(ref ended);

    /// <summary>A request with this deadline is open.</summary>
    public void Watch(long deadline)
    {
        lock (gate)
        {
            if (deadline >= aimedAt)
            {
                return;
            }

            aimedAt = deadline;
            var wait = time.GetElapsedTime(time.GetTimestamp(), deadline) + Grace;
            timer.Change(wait < TimeSpan.Zero ? TimeSpan.Zero : wait < MostWait ? wait : MostWait, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => timer.Dispose();

    private void Check()
    {
        var now = time.GetTimestamp();
        long aim;
        lock (gate)
        {
            (aim, aimedAt) = (aimedAt, long.MaxValue);
        }

        // On a starved machine the request's own timer is as late as this one: nothing is wrong with it then.
        var isLate = time.GetElapsedTime(aim, now) > Grace + Precision;
        var (overdue, next) = state.OpenSince(now - (long)(Grace.TotalSeconds * time.TimestampFrequency));
        foreach (var job in overdue)
        {
            End(job, isLate);
        }

        Watch(next);
    }

    private void End(EmbedJob job, bool isLate)
    {
        if (!isLate)
        {
            Interlocked.Increment(ref ended);
            Log.Overdue(logger, job.Texts.Texts);
        }

        try
        {
            end(job, isLate ? outOfTime(job) : Overdue);
        }
        catch (Exception error)
        {
            // What is known of it is damaged: its caller is told all the same.
            Log.OverdueNotEnded(logger, error);
            job.Failure = Overdue;
            job.Complete();
        }
    }
}
