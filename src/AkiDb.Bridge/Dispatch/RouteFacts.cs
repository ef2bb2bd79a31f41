namespace AkiDb.Bridge.Dispatch;

/// <summary>What the router decides upon.</summary>
internal readonly record struct RouteFacts
{
    /// <summary>Who comes first when both can answer.</summary>
    public required EnginePreference Prefer { get; init; }

    /// <summary>Whether this model has workers at all.</summary>
    public required bool HasWorkers { get; init; }

    /// <summary>How long a worker has been up without a break; null while none is.</summary>
    public required TimeSpan? WorkersServing { get; init; }

    /// <summary>Whether it is known that no worker will come.</summary>
    public required bool WorkersOut { get; init; }

    /// <summary>Whether the circuit to the workers is open.</summary>
    public required bool CircuitOpen { get; init; }

    /// <summary>Whether workers come last for these texts.</summary>
    public required bool AvoidWorkers { get; init; }

    /// <summary>Whether the in-process engine may answer this request.</summary>
    public required bool InProcessAllowed { get; init; }

    /// <summary>Whether it can.</summary>
    public required bool InProcessReady { get; init; }

    /// <summary>Whether it is still being loaded.</summary>
    public required bool InProcessLoading { get; init; }
}
