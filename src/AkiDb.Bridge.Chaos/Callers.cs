namespace AkiDb.Bridge.Chaos;

/// <summary>Callers in a closed loop, each with requests of one to twelve texts of mixed lengths.</summary>
internal sealed class Callers(ChaosSettings settings, Baseline baseline, TimeProvider time)
{
    // One text for most of the requests, as interactive callers send them.
    private static readonly int[] Sizes = [1, 1, 1, 1, 1, 2, 4, 12];

    // When nobody listens, every request fails at once: a caller does not spin.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs all callers until the time is over; the last request of each is waited for.</summary>
    /// <param name="length">How long new requests are sent.</param>
    /// <param name="cancellationToken">Ends everything early.</param>
    public async Task<IReadOnlyList<Outcome>> RunAsync(TimeSpan length, CancellationToken cancellationToken)
    {
        using var bridge = new BridgeClient(settings.Address, settings.Timeout, settings.Fallback, settings.Key);
        var started = time.GetTimestamp();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, settings.Callers).Select(caller => CallAsync(bridge, new Random(settings.Seed + caller), started, length, cancellationToken)));
        return [.. outcomes.SelectMany(outcome => outcome)];
    }

    private async Task<List<Outcome>> CallAsync(BridgeClient bridge, Random random, long started, TimeSpan length, CancellationToken cancellationToken)
    {
        var outcomes = new List<Outcome>();
        while (time.GetElapsedTime(started) < length)
        {
            var texts = new int[random.GetItems(Sizes, 1)[0]];
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i] = random.Next(Corpus.Texts.Count);
            }

            var sent = time.GetTimestamp();
            var reply = await bridge.EmbedAsync([.. texts.Select(text => Corpus.Texts[text])], cancellationToken);
            var latency = time.GetElapsedTime(sent);
            outcomes.Add(new Outcome(latency, reply.Failure, reply.Detail, reply.ServedBy, reply.Failure is null ? baseline.Check(texts, reply) : []));
            if (reply.Failure is not null)
            {
                await Task.Delay(PauseAfterFailure, time, cancellationToken);
            }
        }

        return outcomes;
    }
}
