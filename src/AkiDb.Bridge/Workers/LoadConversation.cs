using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>One load request and how it ended.</summary>
internal sealed class LoadConversation(long id, Action<ProgressMessage> onProgress)
{
    private readonly TaskCompletionSource<(ReadyMessage?, ErrorMessage?)> outcome = new();

    public Task<(ReadyMessage? Ready, ErrorMessage? Error)> Outcome => outcome.Task;

    /// <returns>False when it is about another load, or this one has ended.</returns>
    public bool TryReport(ProgressMessage progress)
    {
        if (progress.Id != id || outcome.Task.IsCompleted)
        {
            return false;
        }

        onProgress(progress);
        return true;
    }

    public bool TryComplete(ReadyMessage ready) => ready.Id == id && outcome.TrySetResult((ready, null));

    public bool TryFail(ErrorMessage error) => error.Id == id && outcome.TrySetResult((null, error));
}
