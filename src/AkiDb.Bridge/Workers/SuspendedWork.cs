namespace AkiDb.Bridge.Workers;

/// <summary>What a worker that gets nothing new still has in flight. Its owner's lock guards it.</summary>
internal sealed class SuspendedWork
{
    private readonly TaskCompletionSource over = new();

    public SuspendedWork(int inFlight)
    {
        InFlight = inFlight;
        if (inFlight == 0)
        {
            over.SetResult();
        }
    }

    public int InFlight { get; private set; }

    /// <summary>Completes when the last permit was given back.</summary>
    public Task Over => over.Task;

    /// <returns>What must be completed, outside the lock, because this was the last permit; null when it was not.</returns>
    public TaskCompletionSource? GiveBack() => --InFlight == 0 ? over : null;
}
