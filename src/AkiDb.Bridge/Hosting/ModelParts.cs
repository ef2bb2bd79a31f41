using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.Hosting;

/// <summary>Everything that runs for one model, as the builder has put it together. Nothing runs before it is started.</summary>
internal sealed class ModelParts : IAsyncDisposable
{
    /// <summary>The names callers may use.</summary>
    public required ModelName Name { get; init; }

    /// <summary>The way of its requests.</summary>
    public required EmbeddingPipeline Pipeline { get; init; }

    /// <summary>Says how it is.</summary>
    public required ModelStatusReporter Reporter { get; init; }

    /// <summary>Keeps its workers alive; null when it has none.</summary>
    public required Supervisor? Supervisor { get; init; }

    /// <summary>Says whether its first choice of engine is the slower one; null where there is no choice.</summary>
    public required EngineComparison? Comparison { get; init; }

    /// <summary>What the rows of the model and of its fallback model are compared with.</summary>
    public required IReadOnlyList<ParityProbe> Probes { get; init; }

    /// <summary>Its in-process engines: its own, and that of its fallback model.</summary>
    public required IReadOnlyList<InProcessEngine> InProcessEngines { get; init; }

    public required IReadOnlyList<Batcher> Batchers { get; init; }

    /// <summary>The model and its fallback model: their contents are held as long as anybody computes with them.</summary>
    public required IReadOnlyList<ModelDescription> Models { get; init; }

    /// <summary>Completes when the weights of the model and of its fallback model were hashed.</summary>
    public required Task Hashed { get; init; }

    /// <summary>Completes when the in-process engines have been loaded, or have failed.</summary>
    public Task Loaded => Task.WhenAll(InProcessEngines.Select(engine => engine.Loaded));

    /// <summary>Begins to load the in-process engines.</summary>
    public void Load()
    {
        foreach (var engine in InProcessEngines)
        {
            engine.Start();
        }
    }

    /// <summary>Ends what waits and what computes. No worker is left, and this is the first time.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var batcher in Batchers)
        {
            await batcher.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var engine in InProcessEngines)
        {
            await engine.DisposeAsync().ConfigureAwait(false);
        }

        await Hashed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var model in Models)
        {
            model.Content.Dispose();
        }

        Supervisor?.Dispose();
        foreach (var probe in Probes)
        {
            probe.Dispose();
        }
    }
}
