using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge;

/// <summary>What the engines of the served model are doing, in one picture.</summary>
/// <param name="workers">The pool and its supervisor; null when the model has no workers.</param>
/// <param name="inProcess">The in-process engine; null when it is not in use.</param>
/// <param name="second">The in-process engine of the fallback model; null without one.</param>
/// <param name="secondAnswers">Whether the fallback model answers unless a request forbids it.</param>
/// <param name="dispatcher">Knows whether the circuit to the workers is open.</param>
/// <param name="time">The clock.</param>
internal sealed class BridgeHealthReport(
    (WorkerPool Pool, Supervisor Supervisor)? workers, InProcessEngine? inProcess, InProcessEngine? second, bool secondAnswers, Dispatcher dispatcher, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();

    /// <summary>The picture at this moment.</summary>
    public BridgeHealth Take()
    {
        var reasons = new List<string>();
        var engines = new List<EngineHealth>();
        var workersServe = workers is null || AddWorkers(workers.Value.Pool, workers.Value.Supervisor, engines, reasons);
        var inProcessServes = inProcess is null || AddInProcess(inProcess, inProcess.Current?.Name ?? "in-process", engines, reasons);
        inProcessServes &= second is null || AddInProcess(second, "fallback-model", engines, reasons);
        var answers = (workers is not null && workersServe) || inProcess?.Current is not null || (secondAnswers && second?.Current is not null);
        var state = (answers, reasons.Count) switch
        {
            (false, _) => BridgeState.Unavailable,
            (true, 0) => BridgeState.Ready,
            _ => workersServe && inProcessServes ? BridgeState.Ready : BridgeState.Degraded,
        };
        return new BridgeHealth(state, reasons, engines);
    }

    /// <summary>The same, and everything that is known about each worker.</summary>
    /// <param name="model">What answers call the served model.</param>
    /// <param name="queue">What waits for its engines.</param>
    public BridgeStatus TakeStatus(string model, QueueStatus queue)
    {
        var health = Take();
        IReadOnlyList<WorkerStatus> slots = workers is null ? [] : [.. workers.Value.Supervisor.Status.Select(StatusOf)];
        return new BridgeStatus(
            health.State, health.Reasons, model, time.GetElapsedTime(started), slots,
            inProcess is null ? new InProcessStatus("off", null) : new InProcessStatus(StateOf(inProcess), inProcess.Refusal?.Message),
            queue);
    }

    /// <summary>Has the worker of a slot replaced.</summary>
    /// <returns>False when there is no such slot.</returns>
    public bool Restart(int slot) => workers is not null && workers.Value.Supervisor.Restart(slot);

    private static WorkerStatus StatusOf(SlotStatus slot) => new()
    {
        Slot = slot.Slot,
        Name = NameOf(slot),
        State = Name(slot.State),
        Pid = slot.Pid,
        Since = slot.Since,
        Restarts = slot.Restarts,
        InFlight = slot.InFlight,
        Served = slot.Served,
        LastInference = slot.LastInference,
        MemoryBytes = slot.MemoryBytes,
        SuccessorPid = slot.SuccessorPid,
        LastCrash = slot.LastCrash,
    };

    private bool AddWorkers(WorkerPool pool, Supervisor supervisor, List<EngineHealth> engines, List<string> reasons)
    {
        foreach (var slot in supervisor.Status)
        {
            engines.Add(new EngineHealth(NameOf(slot), Name(slot.State), slot.Pid, slot.Since, slot.Restarts, slot.LastEnd));
            if (slot.State != SlotState.Ready)
            {
                reasons.Add($"{NameOf(slot)} is {Name(slot.State)}{(slot.LastEnd is null ? "." : $": {slot.LastEnd}")}");
            }
        }

        if (dispatcher.CircuitOpen)
        {
            reasons.Add("The circuit to the workers is open: too many of their answers failed.");
        }

        return pool.Count > 0 && !dispatcher.CircuitOpen;
    }

    private static bool AddInProcess(InProcessEngine engine, string name, List<EngineHealth> engines, List<string> reasons)
    {
        engines.Add(new EngineHealth(name, StateOf(engine), null, null, null, engine.Refusal?.Message));
        if (engine.Current is null)
        {
            reasons.Add(engine.Refusal is { } refusal ? $"The {name} engine does not serve: {refusal.Message}" : $"The {name} engine is being loaded.");
        }

        return engine.Current is not null;
    }

    private static string StateOf(InProcessEngine engine) => engine.Current is not null ? "ready" : engine.IsLoading ? "loading" : "failed";

    private static string NameOf(SlotStatus slot) => $"worker:{slot.Slot}";

    private static string Name(SlotState state) => state == SlotState.BackingOff ? "backing_off" : state.ToString().ToLowerInvariant();
}
