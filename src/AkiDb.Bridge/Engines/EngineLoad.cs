namespace AkiDb.Bridge.Engines;

/// <summary>The batches that one engine has been given and has not answered, oldest first.</summary>
internal sealed class EngineLoad(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly LinkedList<(int Tokens, long Since)> batches = new();

    /// <summary>The engine is given a batch.</summary>
    /// <returns>The batch's place; <see cref="End"/> must follow.</returns>
    public LinkedListNode<(int Tokens, long Since)> Begin(int tokens)
    {
        lock (gate)
        {
            return batches.AddLast((tokens, time.GetTimestamp()));
        }
    }

    /// <summary>The batch was answered, or nobody waits for it any more.</summary>
    public void End(LinkedListNode<(int Tokens, long Since)> batch)
    {
        lock (gate)
        {
            var wasFirst = batches.First == batch;
            batches.Remove(batch);
            if (wasFirst && batches.First is { } next)
            {
                // Its computation begins now.
                next.Value = next.Value with { Since = time.GetTimestamp() };
            }
        }
    }

    /// <summary>Whether another batch comes before this one.</summary>
    public bool IsBehindAnother(LinkedListNode<(int Tokens, long Since)> batch)
    {
        lock (gate)
        {
            return batches.First != batch;
        }
    }

    /// <summary>How long a batch that comes now waits until the engine has computed the others.</summary>
    /// <param name="times">What batches take.</param>
    public TimeSpan Wait(BatchTimes times)
    {
        lock (gate)
        {
            var wait = TimeSpan.Zero;
            for (var batch = batches.First; batch is not null; batch = batch.Next)
            {
                wait += times.Expected(batch.Value.Tokens);
            }

            if (batches.First is not { } first)
            {
                return wait;
            }

            // What has taken longer than expected is expected to take as long again.
            var (expected, elapsed) = (times.Expected(first.Value.Tokens), time.GetElapsedTime(first.Value.Since));
            return wait - expected + (elapsed < expected ? expected - elapsed : elapsed);
        }
    }
}
