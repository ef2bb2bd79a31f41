using System.Collections.Concurrent;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.Workers;

/// <summary>What the host and a worker say to each other beside batches: hello, the load, pings.</summary>
internal sealed class HostConversation
{
    private readonly ConcurrentDictionary<long, (TaskCompletionSource<PongMessage> Pong, long SendsBefore)> pings = new();
    private readonly TaskCompletionSource<HelloMessage> hello = new();
    private LoadConversation? load;
    private volatile PongMessage? lastPong;
    private long pongs;

    /// <summary>The worker's greeting, when it has come.</summary>
    public Task<HelloMessage> Hello => hello.Task;

    /// <summary>The answers to pings so far: counted as soon as they are read, whoever has a thread to go on with them.</summary>
    public long PongCount => Interlocked.Read(ref pongs);

    /// <summary>The last of them; null before the first.</summary>
    public PongMessage? LastPong => lastPong;

    /// <summary>The worker is about to be asked to load.</summary>
    public LoadConversation BeginLoad(long id, Action<ProgressMessage> onProgress) => load = new LoadConversation(id, onProgress);

    /// <summary>A ping is about to be sent. <see cref="EndPing"/> must follow.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="sendsBefore">The batches that the worker has been sent before it.</param>
    /// <returns>The answer, when it has come; fails when the connection ends.</returns>
    public Task<PongMessage> BeginPing(long id, long sendsBefore)
    {
        var pong = new TaskCompletionSource<PongMessage>();
        pings[id] = (pong, sendsBefore);
        return pong.Task;
    }

    /// <summary>Nobody waits for this ping's answer any more.</summary>
    public void EndPing(long id) => pings.TryRemove(id, out _);

    /// <summary>The batches that the worker had been sent before the ping that this answers; null when nobody waits for it.</summary>
    public long? SendsBefore(PongMessage pong) => pings.TryGetValue(pong.Id, out var ping) ? ping.SendsBefore : null;

    /// <summary>A message has come; rows and errors of batches are not among them.</summary>
    /// <returns>Whether somebody waited for it.</returns>
    /// <exception cref="ProtocolException">It does not belong here.</exception>
    public bool Deliver(WorkerMessage message)
    {
        switch (message)
        {
            case PongMessage pong:
                lastPong = pong;
                Interlocked.Increment(ref pongs);
                return pings.TryRemove(pong.Id, out var ping) && ping.Pong.TrySetResult(pong);
            case HelloMessage greeting:
                return hello.TrySetResult(greeting) ? true : throw new ProtocolException("The worker said hello twice.");
            case ProgressMessage progress:
                return load is not null && load.TryReport(progress);
            case ReadyMessage ready:
                return load is not null && load.TryComplete(ready)
                    ? true
                    : throw new ProtocolException("The worker reported a model as ready that nobody asked for.");
            default:
                return true;
        }
    }

    /// <summary>Whether an error is about the load, which it ends.</summary>
    public bool TryFailLoad(ErrorMessage error) => load is not null && load.TryFail(error);

    /// <summary>The connection has ended.</summary>
    public void End(string reason)
    {
        foreach (var ping in pings.Values)
        {
            ping.Pong.TrySetException(new IOException(reason));
        }
    }
}
