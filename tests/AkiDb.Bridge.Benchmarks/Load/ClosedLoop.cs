using System.Diagnostics;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>So many callers, each of which sends its next text when it has the vector of the one before.</summary>
internal sealed class ClosedLoop(LoadClient client, int callers, bool mixed)
{
    // Who is refused comes again when the answer's Retry-After says: no sooner than this.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int firstAnswers;
    private volatile bool over;

    /// <summary>Runs them, and waits for the last request of each.</summary>
    /// <param name="window">How long to measure, from when each caller has had an answer.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The requests sent within the window, and how many vectors came within it.</returns>
    public async Task<(LoadOutcome[] Sent, int Vectors)> RunAsync(TimeSpan window, CancellationToken cancellationToken)
    {
        var (begin, end) = (TimeSpan.Zero, TimeSpan.Zero);
        var outcomes = await RunAsync(
            async started =>
            {
                begin = Stopwatch.GetElapsedTime(started);
                await Task.Delay(window, TimeProvider.System, cancellationToken);
                end = Stopwatch.GetElapsedTime(started);
            },
            cancellationToken);
        return (
            [.. outcomes.Where(outcome => outcome.Begin >= begin && outcome.Begin < end)],
            (int)(outcomes.Count(outcome => outcome.Failure is null && outcome.End >= begin && outcome.End < end) * (window / (end - begin))));
    }

    /// <summary>Runs them while something else is done, and waits for the last request of each.</summary>
    /// <param name="during">What is done once each caller has had an answer; it gets the moment from which the outcomes count.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>All requests.</returns>
    public async Task<LoadOutcome[]> RunAsync(Func<long, Task> during, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var calling = Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(new Random(caller), started, cancellationToken), cancellationToken)));
        try
        {
            await underWay.Task.WaitAsync(cancellationToken);
            await during(started);
        }
        finally
        {
            over = true;
        }

        return [.. (await calling).SelectMany(outcome => outcome)];
    }

    private async Task<List<LoadOutcome>> CallAsync(Random random, long started, CancellationToken cancellationToken)
    {
        var outcomes = new List<LoadOutcome>();
        while (!over)
        {
            var sent = Stopwatch.GetElapsedTime(started);
            var failure = await client(LoadTexts.Next(random, mixed), cancellationToken);
            var end = Stopwatch.GetElapsedTime(started);
            outcomes.Add(new LoadOutcome(end, end - sent, failure));
            if (outcomes.Count == 1 && Interlocked.Increment(ref firstAnswers) == callers)
            {
                underWay.SetResult();
            }

            if (failure is not null)
            {
                await Task.Delay(RetryAfter, TimeProvider.System, cancellationToken);
            }
        }

        return outcomes;
    }
}
