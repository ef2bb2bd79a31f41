using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Hosting;

/// <summary>Says what the engines of one model are doing, and whether they answer.</summary>
/// <remarks>Only an engine that the configured policy lets answer counts: what may not answer makes a model neither ready nor degraded.</remarks>
/// <param name="pipeline">The way of the model's requests.</param>
/// <param name="workers">The pool and its supervisor; null when the model has no workers.</param>
/// <param name="inProcess">The in-process engine; null when it is not in use.</param>
/// <param name="fallback">The fallback model and its engine; null without one.</param>
/// <param name="dispatcher">Knows whether the circuit to the workers is open.</param>
/// <param name="options">The policy.</param>
internal sealed class ModelStatusReporter(
    EmbeddingPipeline pipeline,
    (WorkerPool Pool, Supervisor Supervisor)? workers,
    InProcessEngine? inProcess,
    (EmbeddingPipeline Pipeline, InProcessEngine Engine)? fallback,
    Dispatcher dispatcher,
    ModelOptions options)
{
    // Without workers it is the first choice, and no fallback.
    private readonly bool inProcessCounts = inProcess is not null && (workers is null || FallbackModelPolicy.AllowsInProcess(options.Fallback, options.Dispatch));
    private readonly bool fallbackCounts = fallback is not null && options.Fallback == FallbackPolicy.Any;

    /// <summary>Whether requests can be answered now.</summary>
    public BridgeState State => Judge().State;

    /// <summary>The model at this moment.</summary>
    /// <param name="uptime">Since it was configured.</param>
    public ModelStatus Take(TimeSpan uptime)
    {
        var (state, reasons) = Judge();
        return new ModelStatus
        {
            Model = pipeline.Id,
            State = state,
            Reasons = reasons,
            Facts = FactsNow(),
            Uptime = uptime,
            Workers = workers is null ? [] : [.. workers.Value.Supervisor.Status.Select(StatusOf)],
            InProcess = inProcess is null ? InProcessStatus.Off : StatusOf(inProcess, inProcess.Current?.Name ?? "in-process"),
            FallbackModel = fallback is { } second ? new FallbackModelStatus(second.Pipeline.Id, second.Pipeline.Facts, StatusOf(second.Engine, "fallback-model")) : null,
            Queue = pipeline.Queue,
        };
    }

    // A space names the precision of whoever answers: that of every engine which may be the next one to.
    private ModelFacts FactsNow()
    {
        var facts = pipeline.Facts;
        var serving = (workers?.Pool.Precisions ?? []).Concat(inProcessCounts && inProcess!.Current is { } engine ? [engine.Precision] : []).Distinct().Order().ToList();
        return facts.Space is { } space && serving.Count > 0 ? facts with { Space = space with { Precision = string.Join(',', serving) } } : facts;
    }

    private (BridgeState State, IReadOnlyList<string> Reasons) Judge()
    {
        var reasons = new List<string>();
        var workersServe = workers is null || WorkersServe(workers.Value.Pool, workers.Value.Supervisor, reasons);
        var inProcessServes = !inProcessCounts || Serves(inProcess!, inProcess!.Current?.Name ?? "in-process", reasons);
        var fallbackServes = !fallbackCounts || Serves(fallback!.Value.Engine, "fallback-model", reasons);
        var answers = (workers is not null && workersServe) || (inProcessCounts && inProcessServes) || (fallbackCounts && fallbackServes);
        var state = (answers, workersServe && inProcessServes && fallbackServes) switch
        {
            (false, _) => BridgeState.Unavailable,
            (true, true) => BridgeState.Ready,
            _ => BridgeState.Degraded,
        };
        return (state, reasons);
    }

    private bool WorkersServe(WorkerPool pool, Supervisor supervisor, List<string> reasons)
    {
        foreach (var slot in supervisor.Status.Where(slot => slot.State != SlotState.Ready))
        {
            reasons.Add($"{NameOf(slot)} is {Name(slot.State)}{(slot.LastEnd is null ? "." : $": {slot.LastEnd}")}");
        }

        if (dispatcher.CircuitOpen)
        {
            reasons.Add("The circuit to the workers is open: too many of their answers failed.");
        }

        return pool.Count > 0 && !dispatcher.CircuitOpen;
    }

    private static bool Serves(InProcessEngine engine, string name, List<string> reasons)
    {
        if (engine.Current is null)
        {
            reasons.Add(engine.Refusal is { } refusal ? $"The {name} engine does not serve: {refusal.Message}" : $"The {name} engine is being loaded.");
        }

        return engine.Current is not null;
    }

    private static InProcessStatus StatusOf(InProcessEngine engine, string name) =>
        new(name, engine.Current is not null ? "ready" : engine.IsLoading ? "loading" : "failed", engine.Refusal?.Message);

    private WorkerStatus StatusOf(SlotStatus slot) => new()
    {
        Slot = slot.Slot,
        Name = NameOf(slot),
        State = Name(slot.State),
        Detail = slot.LastEnd,
        Pid = slot.Pid,
        Since = slot.Since,
        Restarts = slot.Restarts,
        RestartReasons = slot.RestartReasons,
        History = [.. slot.Moves.Select(move => new WorkerMove(move.At, Name(move.State), move.Pid))],
        RecentCrashes = slot.Crashes,
        InFlight = slot.InFlight,
        Served = slot.Served,
        SuspectTexts = dispatcher.Audit.SuspectTexts(NameOf(slot)),
        LastInference = slot.LastInference,
        MemoryBytes = slot.MemoryBytes,
        SuccessorPid = slot.ReplacementPid,
        LastCrash = slot.LastCrash,
    };

    private static string NameOf(SlotStatus slot) => $"worker:{slot.Slot}";

    private static string Name(SlotState state) => state == SlotState.BackingOff ? "backing_off" : state.ToString().ToLowerInvariant();
}
