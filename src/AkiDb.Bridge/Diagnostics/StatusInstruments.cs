using System.Diagnostics.Metrics;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>What is looked at when somebody asks: the queue, the workers, as the status of this host says.</summary>
internal sealed class StatusInstruments : IDisposable
{
    private const string Model = "gen_ai.request.model";
    private const string Worker = "akidb.worker";

    // Nobody looks at one moment several times.
    private readonly Meter meter = new(BridgeTelemetry.Name);

    /// <param name="status">Takes the status.</param>
    public StatusInstruments(Func<BridgeStatus> status)
    {
        meter.CreateObservableUpDownCounter("akidb.queue.tokens", () => Of(status(), QueueOf), "{token}", "Tokens that wait for an engine, by lane.");
        meter.CreateObservableUpDownCounter(
            "akidb.admission.tokens", () => Of(status(), model => [new(model.Queue.AdmittedTokens, Named(model))]), "{token}", "Tokens of requests that wait, are computed or are answered.");
        meter.CreateObservableUpDownCounter(
            "akidb.worker.batches", () => OfWorkers(status(), worker => worker.InFlight), "{batch}", "Batches that a worker was given and has not answered.");
        meter.CreateObservableUpDownCounter(
            "akidb.worker.memory", () => OfWorkers(status(), worker => worker.MemoryBytes), "By", "The resident memory of a worker.");
        meter.CreateObservableUpDownCounter(
            "akidb.workers", () => Of(status(), StatesOf), "{worker}", "Workers by state.");
        meter.CreateObservableCounter(
            "akidb.worker.restarts", () => Of(status(), RestartsOf), "{restart}", "How often a worker was replaced, by the reason.");
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private static IEnumerable<Measurement<long>> Of(BridgeStatus status, Func<ModelStatus, IEnumerable<Measurement<long>>> measure) => status.Models.SelectMany(measure);

    private static IEnumerable<Measurement<long>> OfWorkers(BridgeStatus status, Func<WorkerStatus, long?> value) => Of(
        status, model => model.Workers.Where(worker => value(worker) is not null).Select(worker => new Measurement<long>(value(worker)!.Value, Named(model), new(Worker, worker.Name))));

    private static IEnumerable<Measurement<long>> QueueOf(ModelStatus model) =>
    [
        new(model.Queue.InteractiveTokens, Named(model), new("akidb.priority", "interactive")),
        new(model.Queue.BulkTokens, Named(model), new("akidb.priority", "bulk")),
    ];

    private static IEnumerable<Measurement<long>> StatesOf(ModelStatus model) =>
        model.Workers.GroupBy(worker => worker.State).Select(group => new Measurement<long>(group.Count(), Named(model), new("akidb.worker.state", group.Key)));

    private static IEnumerable<Measurement<long>> RestartsOf(ModelStatus model) => model.Workers.SelectMany(
        worker => worker.RestartReasons.Select(reason => new Measurement<long>(reason.Value, Named(model), new(Worker, worker.Name), new("akidb.restart.reason", reason.Key))));

    private static KeyValuePair<string, object?> Named(ModelStatus model) => new(Model, model.Model);
}
