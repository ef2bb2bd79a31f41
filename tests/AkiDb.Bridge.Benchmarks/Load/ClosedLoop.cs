using System.Diagnostics;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>So many callers, each of which sends its next text when it has the vector of the one before.</summary>
internal static class ClosedLoop
{
    private static readonly TimeSpan RampUp = TimeSpan.FromSeconds(1);

    /// <summary>Runs them, and waits for the last request of each.</summary>
    /// <param name="client">How they send.</param>
    /// <param name="callers">How many they are.</param>
    /// <param name="mixed">Whether a fifth of their texts are paragraphs.</param>
    /// <param name="window">How long to measure, after a second to get going.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What was over within the window.</returns>
    public static async Task<LoadOutcome[]> RunAsync(LoadClient client, int callers, bool mixed, TimeSpan window, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var end = RampUp + window;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(new Random(caller)), cancellationToken)));
        return [.. outcomes.SelectMany(outcome => outcome).Where(outcome => outcome.End >= RampUp && outcome.End < end)];

        async Task<List<LoadOutcome>> CallAsync(Random random)
        {
            var own = new List<LoadOutcome>();
            while (Stopwatch.GetElapsedTime(started) is var sent && sent < end)
            {
                var failure = await client(LoadTexts.Next(random, mixed), cancellationToken);
                var over = Stopwatch.GetElapsedTime(started);
                own.Add(new LoadOutcome(over, over - sent, failure));
            }

            return own;
        }
    }
}
