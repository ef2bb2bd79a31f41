using Microsoft.Extensions.Logging;
using static AkiDb.Bridge.Supervision.SlotState;

namespace AkiDb.Bridge.Supervision;

/// <summary>The state of a slot: the one place that moves it, along one table, and shows it to the outside.</summary>
/// <remarks>
/// A replacement that is on its way beside a worker that serves has moved nothing yet. If that worker ends, the slot moves to where its
/// replacement is.
/// </remarks>
internal sealed class SlotStateMachine(int slot, TimeProvider time, ILogger logger)
{
    private const int MostMoves = 64;
    private const int MostCrashes = 8;
    private const string ReplacedReason = "replaced";

    // Any other move is an internal error.
    private static readonly HashSet<(SlotState From, SlotState To)> Allowed =
    [
        (Stopped, Starting),        // the host starts
        (Starting, Handshaking),    // the process is up
        (Starting, BackingOff),     // it could not be started
        (Starting, Quarantined),    // ... once too often
        (Handshaking, Loading),     // hello was accepted
        (Handshaking, BackingOff),  // it died, was late, or speaks another protocol
        (Handshaking, Quarantined),
        (Loading, Ready),           // it serves the space that was asked for
        (Loading, BackingOff),      // it died, made no progress, or serves something else
        (Loading, Quarantined),
        (Ready, Ready),             // its replacement takes over
        (Ready, Unhealthy),         // it leaves a ping unanswered
        (Ready, BackingOff),        // it died, is stuck, failed its probe, or broke the protocol
        (Ready, Quarantined),
        (Ready, Starting),          // ... and its replacement is on its way
        (Ready, Handshaking),
        (Ready, Loading),
        (Ready, Draining),          // the host stops
        (Unhealthy, Ready),         // it answers again, or its replacement takes over
        (Unhealthy, BackingOff),    // it died, or did not answer in the end
        (Unhealthy, Quarantined),
        (Unhealthy, Starting),      // ... and its replacement is on its way
        (Unhealthy, Handshaking),
        (Unhealthy, Loading),
        (Unhealthy, Draining),
        (BackingOff, Starting),     // the pause is over
        (Quarantined, Starting),    // the cool-down is over: one try
        (Draining, Stopped),        // it has finished and exited

        // The host stops, also in the moment that a worker dies, as both do on Ctrl+C.
        (Starting, Stopped),
        (Handshaking, Stopped),
        (Loading, Stopped),
        (Ready, Stopped),
        (Unhealthy, Stopped),
        (BackingOff, Stopped),
        (Quarantined, Stopped),
    ];

    private readonly Lock gate = new();
    private SlotStatus status = new(slot, time.GetUtcNow());
    private WorkerInstance? serving;
    private (SlotState State, int? Pid)? replacement;

    /// <summary>The picture at this moment.</summary>
    public SlotStatus Status
    {
        get
        {
            lock (gate)
            {
                return serving is null ? status : With(serving);
            }
        }
    }

    /// <summary>The worker that serves; null while there is none.</summary>
    public WorkerInstance? Serving
    {
        get
        {
            lock (gate)
            {
                return serving;
            }
        }
    }

    /// <summary>Whether the table has a move.</summary>
    public static bool Allows(SlotState from, SlotState to) => Allowed.Contains((from, to));

    /// <summary>Makes a move.</summary>
    /// <exception cref="InvalidOperationException">The table has no such move.</exception>
    public void MoveTo(SlotState to, int? pid = null)
    {
        lock (gate)
        {
            Move(to, pid);
        }
    }

    /// <summary>A worker that is being started has come so far: beside the one that serves, or in the slot.</summary>
    public void ReportStart(SlotState state, int? pid)
    {
        lock (gate)
        {
            if (serving is null)
            {
                Move(state, pid);
            }
            else
            {
                replacement = (state, pid);
                status = status with { ReplacementPid = pid };
            }
        }
    }

    /// <summary>A worker is ready and serves from now on, instead of the one that did.</summary>
    public void Install(WorkerInstance instance)
    {
        lock (gate)
        {
            if (serving is { } replaced)
            {
                status = Counted(Without(replaced), ReplacedReason);
            }

            (serving, replacement) = (instance, null);
            Move(Ready, instance.Pid);
            status = status with { ReplacementPid = null };
        }
    }

    /// <summary>The worker has ended, or none could be started. If a replacement is on its way, the slot is now where that one is.</summary>
    public void RecordEnd(WorkerEnd end, SlotState next)
    {
        lock (gate)
        {
            if (serving is { } ended)
            {
                status = Without(ended);
                serving = null;
            }

            var crashes = end.Crash is { } crash ? status.Crashes.Insert(0, crash) : status.Crashes;
            status = Counted(status, end.Kind) with
            {
                LastEnd = end.Reason,
                LastCrash = end.Crash ?? status.LastCrash,
                Crashes = crashes.Count > MostCrashes ? crashes.RemoveAt(MostCrashes) : crashes,
                ReplacementPid = null,
            };
            var (state, pid) = replacement ?? (next, null);
            replacement = null;
            Move(state, pid);
        }
    }

    /// <summary>The replacement failed before it took over.</summary>
    /// <returns>False when the slot is its own by now: then it has ended like any other worker.</returns>
    public bool TryForgetReplacement()
    {
        lock (gate)
        {
            if (serving is null)
            {
                return false;
            }

            replacement = null;
            status = status with { ReplacementPid = null };
            return true;
        }
    }

    private void Move(SlotState to, int? pid)
    {
        var from = status.State;
        if (!Allows(from, to))
        {
            throw new InvalidOperationException($"A slot may not move from {from} to {to}.");
        }

        var hasProcess = to is not (Stopped or BackingOff or Quarantined);
        if (!hasProcess && serving is { } left)
        {
            status = Without(left);
            serving = null;
        }

        status = status with { State = to, Since = time.GetUtcNow(), Pid = hasProcess ? pid ?? status.Pid : null };
        var moves = status.Moves.Add((status.Since, to, status.Pid));
        status = status with { Moves = moves.Count > MostMoves ? moves.RemoveAt(0) : moves };
        Log.Moved(logger, slot, from, to);
    }

    private static SlotStatus Counted(SlotStatus status, string reason) => status with
    {
        Restarts = status.Restarts + 1,
        RestartReasons = status.RestartReasons.SetItem(reason, status.RestartReasons.GetValueOrDefault(reason) + 1),
    };

    private SlotStatus With(WorkerInstance instance) => status with
    {
        InFlight = instance.Connection.InFlight,
        Served = status.Served + instance.Served,
        LastInference = instance.Worker!.LastComputed ?? status.LastInference,
        MemoryBytes = instance.LastPong?.RssBytes,
    };

    // What the worker leaves behind in the slot's record.
    private SlotStatus Without(WorkerInstance instance) => With(instance) with { InFlight = 0, MemoryBytes = null };
}
