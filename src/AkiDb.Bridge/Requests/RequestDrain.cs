namespace AkiDb.Bridge.Requests;

/// <summary>Counts the requests that are inside. Once it is closed none comes in any more, and it is known when the last one has left.</summary>
internal sealed class RequestDrain
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
            CompleteIfEmpty();
        }
    }

    /// <summary>Lets no request in any more; completes when the last one has left.</summary>
    public Task CloseAsync()
    {
        lock (gate)
        {
            closed = true;
            CompleteIfEmpty();
        }

        return empty.Task;
    }

    private void CompleteIfEmpty()
    {
        if (closed && inside == 0)
        {
            empty.TrySetResult();
        }
    }
}
