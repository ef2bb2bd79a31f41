using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Where a slot stands: the one place that moves it, logs the move, and shows it to the outside.</summary>
internal sealed class SlotStanding(int slot, TimeProvider time, ILogger logger)
{
    private readonly Lock gate = new();
    private SlotStatus status = new(slot, time.GetUtcNow());
    private WorkerLife? seated;
    private (SlotState Phase, int? Pid)? successor;
    private bool inherited;

    /// <summary>The picture at this moment.</summary>
    public SlotStatus Status
    {
        get
        {
            lock (gate)
            {
                return seated is null ? status : WithLife(status, seated);
            }
        }
    }

    /// <summary>Makes a move.</summary>
    /// <exception cref="InvalidOperationException">The table has no such move.</exception>
    public void MoveTo(SlotState to, int? pid = null)
    {
        lock (gate)
        {
            var from = status.State;
            if (!SlotTransitions.Allows(from, to))
            {
                throw new InvalidOperationException($"A slot may not move from {from} to {to}.");
            }

            var hasProcess = to is not (SlotState.Stopped or SlotState.BackingOff or SlotState.Quarantined);
            status = status with { State = to, Since = time.GetUtcNow(), Pid = hasProcess ? pid ?? status.Pid : null };
            Log.Moved(logger, slot, from, to);
        }
    }

    /// <summary>A worker is ready and sits here now; it may take over from another one that still does.</summary>
    public void Seat(WorkerLife life)
    {
        lock (gate)
        {
            if (seated is not null)
            {
                status = WithoutLife(seated) with { Restarts = status.Restarts + 1 };
            }

            if (status.State == SlotState.Ready)
            {
                status = status with { Since = time.GetUtcNow() };
            }
            else
            {
                MoveTo(SlotState.Ready);
            }

            seated = life;
            status = status with { Pid = life.Pid, SuccessorPid = null };
            (successor, inherited) = (null, false);
        }
    }

    /// <summary>The worker has ended, or none could be started; what comes next is the caller's to say.</summary>
    public void Ended(WorkerEnding ending, SlotState next)
    {
        lock (gate)
        {
            if (seated is not null)
            {
                status = WithoutLife(seated);
                seated = null;
            }

            status = status with { Restarts = status.Restarts + 1, LastEnd = ending.Reason, LastCrash = ending.Crash ?? status.LastCrash };
            if (inherited)
            {
                (successor, inherited) = (null, false);
            }

            MoveTo(next);
        }
    }

    /// <summary>How far the next worker has come: shown beside the one that sits here, or in its place once that has ended.</summary>
    public void ReportSuccessor(SlotState phase, int? pid)
    {
        lock (gate)
        {
            successor = (phase, pid);
            if (inherited)
            {
                MoveTo(phase, pid);
            }
            else
            {
                status = status with { SuccessorPid = pid };
            }
        }
    }

    /// <summary>The next worker failed before it took over.</summary>
    /// <returns>False when the slot is its own by now: then it has ended, like any other.</returns>
    public bool ForgetSuccessor()
    {
        lock (gate)
        {
            if (inherited)
            {
                return false;
            }

            successor = null;
            status = status with { SuccessorPid = null };
            return true;
        }
    }

    /// <summary>The worker has ended: if its successor is on its way already, the slot is now where that one is.</summary>
    public void Inherit()
    {
        lock (gate)
        {
            inherited = true;
            status = status with { SuccessorPid = null };
            for (var phase = SlotState.Starting; phase <= successor?.Phase; phase++)
            {
                MoveTo(phase, successor?.Pid);
            }
        }
    }

    private static SlotStatus WithLife(SlotStatus status, WorkerLife life) => status with
    {
        InFlight = life.Connection.InFlight,
        Served = status.Served + life.Served,
        LastInference = life.Worker!.LastComputed ?? status.LastInference,
        MemoryBytes = life.LastPong?.RssBytes,
    };

    // What the worker leaves behind in the slot's record.
    private SlotStatus WithoutLife(WorkerLife life) => WithLife(status, life) with { InFlight = 0, MemoryBytes = null };
}
