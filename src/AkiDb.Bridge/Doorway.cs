namespace AkiDb.Bridge;

/// <summary>Counts who is in. Once it is closed nobody comes in any more, and it is known when the last one has left.</summary>
internal sealed class Doorway
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int inside;
    private bool closed;

    /// <returns>False when it is closed; after true, <see cref="Leave"/> must follow.</returns>
    public bool TryEnter()
    {
        lock (gate)
        {
            inside += closed ? 0 : 1;
            return !closed;
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            inside--;
            AnnounceEmpty();
        }
    }

    /// <summary>Lets nobody in any more; completes when the last one has left.</summary>
    public Task CloseAsync()
    {
        lock (gate)
        {
            closed = true;
            AnnounceEmpty();
        }

        return empty.Task;
    }

    private void AnnounceEmpty()
    {
        if (closed && inside == 0)
        {
            empty.TrySetResult();
        }
    }
}
