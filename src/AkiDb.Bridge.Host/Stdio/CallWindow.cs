namespace AkiDb.Bridge.Host.Stdio;

/// <summary>What was read and is not answered yet, bounded: whoever does not read answers cannot send without end.</summary>
/// <param name="mostCalls">How many calls.</param>
/// <param name="mostBytes">What they and their answers may take, roughly; a larger one is let in alone.</param>
internal sealed class CallWindow(int mostCalls, long mostBytes)
{
    private readonly Lock gate = new();
    private int calls;
    private long bytes;
    private TaskCompletionSource? waiting;

    /// <summary>Waits until there is room. Called by one reader only.</summary>
    public async ValueTask EnterAsync(long size, CancellationToken cancellationToken)
    {
        while (TryEnter(size) is { } room)
        {
            await room.WaitAsync(cancellationToken);
        }
    }

    /// <summary>A call was answered.</summary>
    public void Leave(long size)
    {
        lock (gate)
        {
            calls--;
            bytes -= size;
            waiting?.TrySetResult();
            waiting = null;
        }
    }

    // Completes when another try is worth it; null when it was let in.
    private Task? TryEnter(long size)
    {
        lock (gate)
        {
            if (calls > 0 && (calls == mostCalls || bytes + size > mostBytes))
            {
                waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return waiting.Task;
            }

            calls++;
            bytes += size;
            return null;
        }
    }
}
