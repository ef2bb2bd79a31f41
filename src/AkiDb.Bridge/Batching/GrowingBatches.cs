namespace AkiDb.Bridge.Batching;

/// <summary>Batches that have a seat and are not cut yet: their engine first computes another one, and who comes meanwhile may join them.</summary>
/// <param name="gate">The batcher's lock.</param>
internal sealed class GrowingBatches(Lock gate)
{
    private readonly Dictionary<TextQueue, (int SeatTokens, TaskCompletionSource Grown)> growing = [];

    /// <summary>Lets a queue's next batch grow. Called under the lock.</summary>
    /// <param name="queue">Where it is going to be cut.</param>
    /// <param name="seatTokens">What suits its engine.</param>
    /// <returns>Completes when it fills its seat, or a seat has become free.</returns>
    public Task Add(TextQueue queue, int seatTokens)
    {
        var grown = new TaskCompletionSource();
        growing.Add(queue, (seatTokens, grown));
        return grown.Task;
    }

    /// <summary>The queue's next batch is cut, grown or not. Called under the lock.</summary>
    public void Remove(TextQueue queue) => growing.Remove(queue);

    /// <summary>Texts have joined the queue.</summary>
    public void NoteTexts(TextQueue queue)
    {
        TaskCompletionSource? grown = null;
        lock (gate)
        {
            if (growing.TryGetValue(queue, out var batch) && queue.Fills(batch.SeatTokens))
            {
                growing.Remove(queue);
                grown = batch.Grown;
            }
        }

        grown?.SetResult();
    }

    /// <summary>A seat has become free.</summary>
    public void NoteSeat()
    {
        List<TaskCompletionSource> grown;
        lock (gate)
        {
            grown = [.. growing.Values.Select(batch => batch.Grown)];
            growing.Clear();
        }

        grown.ForEach(each => each.SetResult());
    }
}
