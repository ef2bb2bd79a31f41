namespace AkiDb.Bridge.Diagnostics;

/// <summary>Everything that is known about how a worker ended. It never holds a text; its sentences, its traceback and its lines may name local paths.</summary>
public sealed record WorkerCrash
{
    /// <summary>When the host noticed.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What happened, in a sentence or two.</summary>
    public required string Reason { get; init; }

    /// <summary>The exit code, or the signal by its name; null when the host had to end the process.</summary>
    public required string? Exit { get; init; }

    /// <summary>What is likely behind it, such as the kernel's OOM killer; null when nothing more is known.</summary>
    public required string? Explanation { get; init; }

    /// <summary>From the start of the process to its end.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Its resident memory, in bytes, when it last told; null when it never did.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>The batches that it was given and had not answered.</summary>
    public required IReadOnlyList<BatchSize> InFlight { get; init; }

    /// <summary>What Python wrote about it: faulthandler's report or a traceback, whole; null without one.</summary>
    public required string? Traceback { get; init; }

    /// <summary>The last lines that it wrote to stderr, oldest first; at most 50.</summary>
    public required IReadOnlyList<string> Stderr { get; init; }
}
