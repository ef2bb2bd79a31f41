namespace AkiDb.Bridge.Onnx;

/// <summary>Says which micro-batch runs next, and where: callers take turns, and never more runs than cores.</summary>
/// <remarks>A micro-batch that has the engine to itself gets every core; otherwise each gets one.</remarks>
internal sealed class RunQueue
{
    private readonly int cores;
    private readonly TimeProvider time;
    private readonly object gate = new();
    private readonly LinkedList<EmbedCall> waiting = new();
    private readonly List<EmbedCall> calls = [];
    private int free;
    private bool closed;

    public RunQueue(int cores, TimeProvider time)
    {
        this.cores = cores;
        this.time = time;
        free = cores;
    }

    /// <summary>Lets a call wait for its permits; false when the queue is closed.</summary>
    public bool TryAdd(EmbedCall call)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            calls.Add(call);
            waiting.AddLast(call);
            Monitor.PulseAll(gate);
            return true;
        }
    }

    /// <summary>Blocks until there is a micro-batch to run; null when the queue is closed and empty.</summary>
    public RunPermit? Take()
    {
        lock (gate)
        {
            // The time comes before the look at what waits: a clock that is asked may fire timers that are due, and those end calls.
            var now = time.GetTimestamp();
            while (free == 0 || waiting.First is null)
            {
                if (closed && waiting.First is null)
                {
                    return null;
                }

                Monitor.Wait(gate);
                now = time.GetTimestamp();
            }

            var call = waiting.First.Value;
            waiting.RemoveFirst();
            var wide = cores > 1 && free == cores && call.Waiting == 1 && waiting.First is null;
            free -= wide ? cores : 1;
            var batch = call.Start(now);
            if (call.Waiting > 0)
            {
                waiting.AddLast(call);
            }

            return new(call, batch, wide);
        }
    }

    /// <summary>Gives a permit's cores back; an error ends its whole call.</summary>
    public void Release(in RunPermit permit, BridgeError? error)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            free += permit.Wide ? cores : 1;
            if (error is not null)
            {
                Stop(permit.Call, EmbedOutcome.Failed, error);
            }

            permit.Call.Finish(now);
            if (permit.Call.Ended.IsCompleted)
            {
                calls.Remove(permit.Call);
            }

            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Ends a call early: <see cref="EmbedCall.Ended"/> follows as soon as its runs have stopped.</summary>
    public void End(EmbedCall call, EmbedOutcome outcome, BridgeError? error = null)
    {
        lock (gate)
        {
            Stop(call, outcome, error);
        }
    }

    /// <summary>Takes no more calls; those that are here still run.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Ends every call that is here.</summary>
    public void EndAll(BridgeError error)
    {
        lock (gate)
        {
            foreach (var call in calls.ToArray())
            {
                Stop(call, EmbedOutcome.Failed, error);
            }
        }
    }

    private void Stop(EmbedCall call, EmbedOutcome outcome, BridgeError? error)
    {
        call.Stop(outcome, error);
        waiting.Remove(call);
        if (call.Ended.IsCompleted)
        {
            calls.Remove(call);
        }

        Monitor.PulseAll(gate);
    }
}
