namespace AkiDb.Bridge.Workers;

/// <summary>What a worker that gets nothing new still has in flight. Its owner's lock guards it.</summary>
internal sealed class SuspendedWork
{
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SuspendedWork(int inFlight)
    {
        InFlight = inFlight + 1;
        GiveBack();
    }

    public int InFlight { get; private set; }

    /// <summary>Completes when the last seat was given back.</summary>
    public Task Over => over.Task;

    public void GiveBack()
    {
        if (--InFlight <= 0)
        {
            over.TrySetResult();
        }
    }
}
