namespace AkiDb.Bridge.Chaos;

/// <summary>What came out.</summary>
internal sealed record Verdict
{
    /// <summary>The state of a bridge that does not answer any more.</summary>
    public const string Unreachable = "unreachable";

    // The runtime opens and closes a few by itself; each leaked worker would hold three.
    private const int DescriptorsTolerance = 8;

    /// <summary>Faults happened, and there was no failure, no wrong vector, no leak.</summary>
    public bool Passed => Requests > 0 && Faults.Values.Sum(fault => fault.Done) > 0 && BridgeState != Unreachable
        && Failures.Count == 0 && WrongVectors == 0 && LeakedProcesses.Count == 0 && !LeaksDescriptors;

    /// <summary>Requests sent, in both phases.</summary>
    public required int Requests { get; init; }

    /// <summary>Failed requests, by the code of the bridge's error.</summary>
    public required IReadOnlyDictionary<string, int> Failures { get; init; }

    /// <summary>What the bridge said about the first failure of each code.</summary>
    public required IReadOnlyList<string> FailureExamples { get; init; }

    /// <summary>Vectors that are not the baseline's.</summary>
    public required int WrongVectors { get; init; }

    /// <summary>The first few of them.</summary>
    public required IReadOnlyList<string> WrongExamples { get; init; }

    /// <summary>What was done to workers.</summary>
    public required IReadOnlyDictionary<string, FaultCount> Faults { get; init; }

    /// <summary>Latencies without faults.</summary>
    public required Latencies Undisturbed { get; init; }

    /// <summary>Latencies with faults.</summary>
    public required Latencies WithFaults { get; init; }

    /// <summary>Requests, by who computed them; one that several computed counts for each.</summary>
    public required IReadOnlyDictionary<string, int> ServedBy { get; init; }

    /// <summary>How often workers were replaced.</summary>
    public required int Restarts { get; init; }

    /// <summary>The bridge's state at the end.</summary>
    public required string BridgeState { get; init; }

    /// <summary>How many workers there are.</summary>
    public required int Workers { get; init; }

    /// <summary>How many of them were ready at the end.</summary>
    public required int WorkersReady { get; init; }

    /// <summary>From the last request until all workers were ready; null when they were not in time.</summary>
    public double? RecoveryMilliseconds { get; init; }

    /// <summary>Processes of earlier workers that still exist.</summary>
    public required IReadOnlyList<string> LeakedProcesses { get; init; }

    /// <summary>The host's open file descriptors before the first fault; null where they cannot be read.</summary>
    public int? DescriptorsBefore { get; init; }

    /// <summary>The host's open file descriptors at the end; null where they cannot be read.</summary>
    public int? DescriptorsAfter { get; init; }

    /// <summary>Whether more of them are open than before.</summary>
    public bool LeaksDescriptors => Leaks(DescriptorsBefore, DescriptorsAfter);

    /// <summary>What repeats the random choices.</summary>
    public required int Seed { get; init; }

    /// <summary>Whether so many more file descriptors are a leak.</summary>
    public static bool Leaks(int? before, int? after) => after > before + DescriptorsTolerance;
}
