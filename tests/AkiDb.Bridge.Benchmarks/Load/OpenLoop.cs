using System.Diagnostics;

namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>Requests that come when they come, as a Poisson process, whether the ones before are answered or not.</summary>
/// <remarks>
/// Latency counts from the moment when a request ought to have been sent: a sender that is late, because the machine is busy,
/// does not hide what its users would see (no coordinated omission).
/// </remarks>
internal static class OpenLoop
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>Sends short queries in stages, one stage right behind the other, and waits for every answer.</summary>
    /// <param name="client">How they are sent.</param>
    /// <param name="stages">For each stage, the requests a second and how long.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>For each stage, what became of its requests, and when each ought to have been sent, from the beginning of its stage.</returns>
    public static async Task<IReadOnlyList<(TimeSpan Due, LoadOutcome Outcome)[]>> RunAsync(
        LoadClient client, IReadOnlyList<(double Rate, TimeSpan Length)> stages, CancellationToken cancellationToken)
    {
        var random = new Random(11);
        var sent = stages.Select(_ => new List<Task<(TimeSpan Due, LoadOutcome Outcome)>>()).ToArray();
        var started = Stopwatch.GetTimestamp();
        var begin = TimeSpan.Zero;
        for (var stage = 0; stage < stages.Count; stage++)
        {
            var (rate, length) = stages[stage];
            for (var due = Pause(rate); due < length; due += Pause(rate))
            {
                while (Stopwatch.GetElapsedTime(started) < begin + due)
                {
                    await Task.Delay(Tick, TimeProvider.System, cancellationToken);
                }

                var (text, own, stageBegin) = (LoadTexts.Of(random, LoadTexts.Short), due, begin);
                sent[stage].Add(Task.Run(() => CallAsync(text, own, stageBegin), cancellationToken));
            }

            begin += length;
        }

        return await Task.WhenAll(sent.Select(stage => Task.WhenAll(stage)));

        TimeSpan Pause(double rate) => TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / rate);

        async Task<(TimeSpan Due, LoadOutcome Outcome)> CallAsync(string text, TimeSpan due, TimeSpan stageBegin)
        {
            var late = Stopwatch.GetElapsedTime(started) - stageBegin - due;
            var failure = await client(text, cancellationToken);
            var over = Stopwatch.GetElapsedTime(started);
            return (due, new LoadOutcome(over, over - stageBegin - due, failure) { Late = late });
        }
    }
}
