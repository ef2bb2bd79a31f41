namespace AkiDb.Bridge.Supervision;

/// <summary>Somebody asks for a slot's worker to be replaced now. Asking twice is asking once.</summary>
internal sealed class RestartRequest
{
    private volatile TaskCompletionSource made = new();

    /// <summary>Completes when it is asked for; a new one after <see cref="Take"/>.</summary>
    public Task Made => made.Task;

    public void Make() => made.TrySetResult();

    /// <summary>What was asked for is being done.</summary>
    public void Take()
    {
        if (made.Task.IsCompleted)
        {
            made = new TaskCompletionSource();
        }
    }
}
