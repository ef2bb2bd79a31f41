using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>One load request and how it ended.</summary>
internal sealed class LoadConversation(long id, Action<ProgressMessage> onProgress)
{
    private readonly TaskCompletionSource<(ReadyMessage?, ErrorMessage?)> outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<(ReadyMessage? Ready, ErrorMessage? Error)> Outcome => outcome.Task;

    public void Report(ProgressMessage progress)
    {
        // Whoever asked for the load has gone on when it has ended.
        if (progress.Id == id && !outcome.Task.IsCompleted)
        {
            onProgress(progress);
        }
    }

    public bool TryComplete(ReadyMessage ready) => ready.Id == id && outcome.TrySetResult((ready, null));

    public bool TryFail(ErrorMessage error) => error.Id == id && outcome.TrySetResult((null, error));
}
