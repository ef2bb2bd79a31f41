using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Requests;

/// <summary>The few threads on which large requests are tokenised: never those that answer other requests, and callers take turns on them.</summary>
/// <remarks>A request's work is done in slices. After each one the next caller has its turn, however many requests the last one has waiting.</remarks>
internal sealed class TokenizingThreads : IDisposable
{
    private const int MostThreads = 8;
    private static readonly TimeSpan LongestJoin = TimeSpan.FromSeconds(5);

    private readonly object gate = new();
    private readonly Dictionary<string, LinkedList<Work>> waiting = [];
    private readonly Queue<string> turns = new();
    private readonly List<Thread> threads = [];
    private readonly int most;
    private int idle;
    private bool stopped;

    // Half of the cores: the rest is for whoever computes and answers.
    public TokenizingThreads()
        : this(Math.Clamp(Environment.ProcessorCount / 2, 1, MostThreads))
    {
    }

    /// <param name="most">How many threads there may be.</param>
    public TokenizingThreads(int most) => this.most = most;

    /// <summary>Has slices of work done until there is none left, the request's time is over, or its caller has gone.</summary>
    /// <param name="caller">Whose turn it takes.</param>
    /// <param name="slice">Does a slice, and returns whether it was the last one; never called by two threads at once.</param>
    /// <param name="time">When nobody waits for it any more: then the slices end by themselves.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>Whether the last slice is done; false when the time was over first, and one may still run.</returns>
    public async Task<bool> TryRunAsync(string caller, Func<bool> slice, RequestTime time, CancellationToken cancellationToken)
    {
        var work = new Work(slice);
        Add(caller, work);
        var left = time.Remaining;
        try
        {
            await work.Ended.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time.Clock, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Ends the threads; what still waits is given up.</summary>
    public void Dispose()
    {
        List<Work> left;
        lock (gate)
        {
            stopped = true;
            left = [.. waiting.Values.SelectMany(works => works)];
            waiting.Clear();
            turns.Clear();
            Monitor.PulseAll(gate);
        }

        foreach (var work in left)
        {
            work.Ended.TrySetException(Stopped());
        }

        threads.ForEach(thread => thread.Join(LongestJoin));
    }

    private static BridgeException Stopped() => new(BridgeErrorKind.NoEngine, "The bridge is stopping.");

    private void Add(string caller, Work work)
    {
        lock (gate)
        {
            if (stopped)
            {
                throw Stopped();
            }

            Enqueue(caller, work, first: false);

            // Those that are not idle may be at a long text: what comes now does not wait for that.
            if (threads.Count < most && idle < waiting.Values.Sum(works => works.Count))
            {
                var thread = new Thread(Run) { IsBackground = true, Name = $"tokenizing {threads.Count}" };
                threads.Add(thread);
                thread.UnsafeStart();
            }
        }
    }

    // A caller stands in the row once, for all of its work.
    private void Enqueue(string caller, Work work, bool first)
    {
        if (!waiting.TryGetValue(caller, out var works))
        {
            waiting.Add(caller, works = []);
            turns.Enqueue(caller);
        }

        if (first)
        {
            works.AddFirst(work);
        }
        else
        {
            works.AddLast(work);
        }

        Monitor.Pulse(gate);
    }

    private void Run()
    {
        while (RunNext())
        {
            // A frame of its own for each: while a thread waits for work, nothing on its stack holds on to the texts that it had last.
        }
    }

    /// <returns>False when there will be nothing more.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool RunNext()
    {
        if (Take() is not var (caller, work))
        {
            return false;
        }

        try
        {
            if (work.Slice())
            {
                work.Ended.TrySetResult();
            }
            else if (!TryPutBack(caller, work))
            {
                work.Ended.TrySetException(Stopped());
            }
        }
        catch (Exception error)
        {
            // It is the request's, whatever it is, and is thrown where the request is awaited.
            work.Ended.TrySetException(error);
        }

        return true;
    }

    private (string Caller, Work Work)? Take()
    {
        lock (gate)
        {
            while (!stopped && turns.Count == 0)
            {
                idle++;
                Monitor.Wait(gate);
                idle--;
            }

            if (stopped)
            {
                return null;
            }

            var caller = turns.Dequeue();
            var works = waiting[caller];
            var work = works.First!.Value;
            works.RemoveFirst();
            if (works.Count == 0)
            {
                waiting.Remove(caller);
            }
            else
            {
                turns.Enqueue(caller);
            }

            return (caller, work);
        }
    }

    private bool TryPutBack(string caller, Work work)
    {
        lock (gate)
        {
            if (!stopped)
            {
                Enqueue(caller, work, first: true);
            }

            return !stopped;
        }
    }

    private sealed class Work(Func<bool> slice)
    {
        public Func<bool> Slice { get; } = slice;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
