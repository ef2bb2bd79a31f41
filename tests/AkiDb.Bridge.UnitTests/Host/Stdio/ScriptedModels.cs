using System.Threading.Channels;
using AkiDb.Bridge.Host.Stdio;

namespace AkiDb.Bridge.UnitTests.Host.Stdio;

/// <summary>Answers calls when, and how, a test says.</summary>
internal sealed class ScriptedModels : IModelService
{
    private readonly Channel<Begun> begun = Channel.CreateUnbounded<Begun>();
    private readonly List<Begun> all = [];

    /// <summary>Whether a call has begun that the test has not seen.</summary>
    public bool HasBegun => begun.Reader.TryPeek(out _);

    /// <summary>The next call that begins.</summary>
    public Task<Begun> BegunAsync() => begun.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

    /// <summary>Cancels what was not answered.</summary>
    public void GiveUp()
    {
        lock (all)
        {
            all.ForEach(call => call.Answer.TrySetCanceled());
        }
    }

    public Task<StdioAnswer> LoadAsync(LoadModelCall call, CancellationToken cancellationToken) => Begin(call, Task.CompletedTask);

    public Task<StdioAnswer> EmbedAsync(EmbedBatchCall call, Task isFirst, CancellationToken cancellationToken) => Begin(call, isFirst);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<StdioAnswer> Begin(StdioCall call, Task isFirst)
    {
        var one = new Begun(call, isFirst, new TaskCompletionSource<StdioAnswer>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (all)
        {
            all.Add(one);
        }

        begun.Writer.TryWrite(one);
        return one.Answer.Task;
    }

    internal sealed record Begun(StdioCall Call, Task IsFirst, TaskCompletionSource<StdioAnswer> Answer);
}
