using System.Globalization;

namespace AkiDb.Bridge.Processes;

/// <summary>How a Python process of ours is started.</summary>
/// <param name="Executable">The interpreter.</param>
/// <param name="Module">The Python module that it runs.</param>
/// <param name="Arguments">The module's arguments.</param>
/// <param name="Environment">Its whole environment.</param>
/// <param name="WorkingDirectory">The folder that holds the <c>akidb_worker</c> package: <c>python -m</c> looks there first.</param>
internal sealed record WorkerCommand(
    string Executable, string Module, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?> Environment, string WorkingDirectory)
{
    /// <summary>The folder of the worker's package.</summary>
    public static string PythonFolder { get; } = Path.Combine(AppContext.BaseDirectory, "python");

    /// <summary>How a module of the package is run.</summary>
    /// <remarks>
    /// On Unix without the <c>site</c> module (<c>-S</c>): program code of others, which prints what it likes, runs when the module lets it.
    /// </remarks>
    public static string ModuleOption { get; } = OperatingSystem.IsWindows() ? "-m" : "-Sm";

    private static string HostPid => System.Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <summary>The command for the worker that travels with the product.</summary>
    /// <param name="interpreter">The interpreter.</param>
    /// <param name="maxFrameBytes">The largest frame on the wire.</param>
    /// <param name="environment">The environment of all workers.</param>
    /// <param name="ofSlot">What differs for this one.</param>
    public static WorkerCommand ForPython(
        string interpreter, int maxFrameBytes, IReadOnlyDictionary<string, string?> environment, IEnumerable<KeyValuePair<string, string?>> ofSlot)
    {
        var whole = environment.ToDictionary();
        foreach (var (name, value) in ofSlot)
        {
            whole[name] = value;
        }

        string[] arguments = ["--parent-pid", HostPid, "--max-frame-bytes", maxFrameBytes.ToString(CultureInfo.InvariantCulture)];
        return new WorkerCommand(interpreter, "akidb_worker", arguments, whole, PythonFolder);
    }

    /// <summary>The same for a worker that leaves the processor to others until it is ready.</summary>
    public WorkerCommand InBackground() => this with { Arguments = [.. Arguments, "--background"] };

    /// <summary>The command for the process that forks such workers.</summary>
    /// <param name="encoder">What they compute with, which it imports.</param>
    public WorkerCommand ForForkServer(string encoder) =>
        this with { Module = "akidb_worker.fork_server", Arguments = ["--parent-pid", HostPid, "--encoder", encoder] };
}
