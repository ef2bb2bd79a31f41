using System.Collections.Concurrent;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>What the host and a worker say to each other beside batches: hello, the load, pings.</summary>
internal sealed class HostConversation
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<PongMessage>> pings = new();
    private readonly TaskCompletionSource<HelloMessage> hello = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LoadConversation? load;

    /// <summary>The worker's greeting, when it has come.</summary>
    public Task<HelloMessage> Hello => hello.Task;

    /// <summary>The worker is about to be asked to load.</summary>
    public LoadConversation BeginLoad(long id, Action<ProgressMessage> onProgress) => load = new LoadConversation(id, onProgress);

    /// <summary>A ping is about to be sent. <see cref="EndPing"/> must follow.</summary>
    /// <returns>The answer, when it has come; fails when the connection ends.</returns>
    public Task<PongMessage> BeginPing(long id)
    {
        var pong = new TaskCompletionSource<PongMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        pings[id] = pong;
        return pong.Task;
    }

    /// <summary>Nobody waits for this ping's answer any more.</summary>
    public void EndPing(long id) => pings.TryRemove(id, out _);

    /// <summary>A message has come; rows and errors of batches are not among them.</summary>
    /// <exception cref="ProtocolException">It does not belong here.</exception>
    public void Deliver(WorkerMessage message)
    {
        switch (message)
        {
            case PongMessage pong:
                if (pings.TryRemove(pong.Id, out var ping))
                {
                    ping.TrySetResult(pong);
                }

                break;
            case HelloMessage greeting:
                if (!hello.TrySetResult(greeting))
                {
                    throw new ProtocolException("The worker said hello twice.");
                }

                break;
            case ProgressMessage progress:
                load?.Report(progress);
                break;
            case ReadyMessage ready:
                if (load is null || !load.TryComplete(ready))
                {
                    throw new ProtocolException("The worker reported a model as ready that nobody asked for.");
                }

                break;
        }
    }

    /// <summary>Whether an error is about the load, which it ends.</summary>
    public bool TryFailLoad(ErrorMessage error) => load is not null && load.TryFail(error);

    /// <summary>The connection has ended.</summary>
    public void End(string reason)
    {
        foreach (var ping in pings.Values)
        {
            ping.TrySetException(new IOException(reason));
        }
    }
}
