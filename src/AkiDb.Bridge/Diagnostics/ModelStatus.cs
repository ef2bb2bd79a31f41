namespace AkiDb.Bridge.Diagnostics;

/// <summary>One model and everything that computes for it.</summary>
public sealed record ModelStatus
{
    /// <summary>The model, as answers call it.</summary>
    public required string Model { get; init; }

    /// <summary>Whether requests can be answered now.</summary>
    public required BridgeState State { get; init; }

    /// <summary>Why it is not <see cref="BridgeState.Ready"/>, or what else is not as it should be; sentences, which may name local paths.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>What its folder says; null while it is being read, and when it could not be.</summary>
    public required ModelFacts? Facts { get; init; }

    /// <summary>Since it was configured.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Each worker slot; empty when the model has no workers.</summary>
    public required IReadOnlyList<WorkerStatus> Workers { get; init; }

    /// <summary>The engine in the host's own process.</summary>
    public required InProcessStatus InProcess { get; init; }

    /// <summary>The model that answers for it under the policy <see cref="FallbackPolicy.Any"/>; null without one.</summary>
    public required FallbackModelStatus? FallbackModel { get; init; }

    /// <summary>What waits for its engines.</summary>
    public required QueueStatus Queue { get; init; }
}
