namespace AkiDb.Bridge.Native.Hosting;

/// <summary>Where callbacks run: one that waits for something takes no thread from those that compute what it waits for.</summary>
internal sealed class CallbackThreads
{
    private const int Most = 16;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    private readonly object gate = new();
    private readonly Queue<Action> waiting = new();
    private int threads;
    private int idle;
    private bool closed;

    /// <summary>Runs one soon.</summary>
    public void Run(Action callback)
    {
        lock (gate)
        {
            waiting.Enqueue(callback);
            if (idle >= waiting.Count || threads == Most)
            {
                Monitor.Pulse(gate);
                return;
            }

            threads++;
        }

        try
        {
            new Thread(RunAll) { IsBackground = true, Name = "akidb-callback" }.Start();
        }
        catch (OutOfMemoryException)
        {
            // The system has no thread left: this one is as good.
            RunAll();
        }
    }

    /// <summary>Lets the threads end; none of them has anything to run any more.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
        }
    }

    private void RunAll()
    {
        while (Take() is { } callback)
        {
            callback();
        }
    }

    private Action? Take()
    {
        lock (gate)
        {
            idle++;
            while (waiting.Count == 0 && !closed && Monitor.Wait(gate, Rest))
            {
            }

            idle--;
            if (waiting.TryDequeue(out var callback))
            {
                return callback;
            }

            threads--;
            return null;
        }
    }
}
