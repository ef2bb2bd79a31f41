namespace AkiDb.Bridge.Supervision;

/// <summary>How a worker process is started.</summary>
/// <param name="Executable">The interpreter.</param>
/// <param name="Module">The Python module that it runs.</param>
/// <param name="Arguments">The module's arguments.</param>
/// <param name="Environment">Variables set on top of the host's own.</param>
/// <param name="WorkingDirectory">The folder that holds the <c>akidb_worker</c> package: <c>python -m</c> looks there first.</param>
internal sealed record WorkerCommand(
    string Executable, string Module, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?> Environment, string WorkingDirectory)
{
    /// <summary>The folder of the worker's package.</summary>
    public static string PythonFolder { get; } = Path.Combine(AppContext.BaseDirectory, "python");

    private static string HostPid => System.Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The command for the worker that travels with the product.</summary>
    public static WorkerCommand ForPython(string interpreter, int maxFrameBytes, IReadOnlyDictionary<string, string?> environment) => new(
        interpreter,
        "akidb_worker",
        ["--parent-pid", HostPid, "--max-frame-bytes", maxFrameBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)],
        environment,
        PythonFolder);

    /// <summary>The same for a worker that leaves the processor to others until it is ready.</summary>
    public WorkerCommand InBackground() => this with { Arguments = [.. Arguments, "--background"] };

    /// <summary>The command for the process that forks such workers.</summary>
    /// <param name="encoder">What they compute with, which it imports.</param>
    public WorkerCommand ForForkServer(string encoder) =>
        this with { Module = "akidb_worker.fork_server", Arguments = ["--parent-pid", HostPid, "--encoder", encoder] };
}
