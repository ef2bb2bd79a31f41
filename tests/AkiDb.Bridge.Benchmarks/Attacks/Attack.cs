namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary>What one caller, or nobody in particular, does to stop everybody.</summary>
/// <param name="Name">As in the list of attacks.</param>
/// <param name="What">What is done, in a line.</param>
/// <param name="RunAsync">Does it until it is told to end.</param>
internal sealed record Attack(string Name, string What, Func<Attackers, CancellationToken, Task> RunAsync)
{
    /// <summary>Switches of the host beside the usual ones.</summary>
    public string[] Switches { get; init; } = ["--provider", "onnx"];

    /// <summary>The host's limit of file descriptors; null for the machine's.</summary>
    public int? Descriptors { get; init; }
}
