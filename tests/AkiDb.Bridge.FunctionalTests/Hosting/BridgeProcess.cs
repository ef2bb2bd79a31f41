using System.Diagnostics;
using System.Reflection;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One run of the built <c>akidb-bridge</c>, and the proof that nothing of it is left afterwards.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    /// <summary>Marks every process that descends from one run.</summary>
    private const string RunVariable = "AKIDB_WORKER_TEST_RUN";

    private readonly string run = Guid.NewGuid().ToString("N");
    private readonly DirectoryInfo temporary = Directory.CreateTempSubdirectory("akidb-functional-");
    private readonly Process process;

    private BridgeProcess(string command, HostSettings settings, bool recordsOutput = true)
    {
        var start = new ProcessStartInfo(settings.Program ?? Executable, [command, .. settings.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = settings.WorkingDirectory ?? temporary.FullName,
        };
        SetEnvironment(start, settings);
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(Output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(Errors, line.Data);
        process.Start();
        if (recordsOutput)
        {
            process.BeginOutputReadLine();
        }

        process.BeginErrorReadLine();
    }

    /// <summary>The executable: the published, native one that <c>AKIDB_TEST_PROGRAM</c> names, else the one that was built with these tests.</summary>
    public static string Executable { get; } = Environment.GetEnvironmentVariable("AKIDB_TEST_PROGRAM") is { Length: > 0 } published
        ? Path.GetFullPath(published)
        : Path.ChangeExtension(
            typeof(BridgeProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "BridgeHostAssembly").Value!, null);

    public int Pid => process.Id;

    /// <summary>Its standard output.</summary>
    public HostLog Output { get; } = new();

    /// <summary>Its standard error.</summary>
    public HostLog Errors { get; } = new();

    public StreamWriter Input => process.StandardInput;

    /// <summary>Its standard output, where the caller reads it itself.</summary>
    public StreamReader Reader => process.StandardOutput;

    public bool HasExited => process.HasExited;

    public static BridgeProcess Start(string command, HostSettings settings) => new(command, settings);

    /// <summary>Starts it; whoever starts it reads its standard output.</summary>
    public static BridgeProcess StartPiped(string command, HostSettings settings) => new(command, settings, recordsOutput: false);

    /// <summary>Starts it from a line of the shell, where <c>"$@"</c> stands for the program and its arguments.</summary>
    public static BridgeProcess StartInShell(string line, params string[] arguments) =>
        new("-c", new HostSettings([line, "sh", Executable, .. arguments]) { Program = "/bin/sh" });

    /// <summary>Waits until the process has ended and its output was read to the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan? deadline = null)
    {
        using var limit = new CancellationTokenSource(deadline ?? Eventually.Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TimeoutException($"The process did not exit within {deadline ?? Eventually.Patience}. {Evidence()}");
        }
    }

    /// <summary>Every living process of this run, itself included.</summary>
    public IReadOnlyList<int> Family() => ProcessTable.WithVariable(RunVariable, run);

    /// <summary>The names of what lies in its temporary folder.</summary>
    public IEnumerable<string> TemporaryFiles => temporary.EnumerateFileSystemInfos().Select(file => file.Name);

    public string Evidence() => $"{Output.Tail()}{Environment.NewLine}{Errors.Tail()}";

    /// <summary>Ends what still runs and fails if anything was left behind.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            var wasKilled = !process.HasExited;
            if (wasKilled)
            {
                process.Kill();
            }

            await WaitForExitAsync();
            await Eventually.TrueAsync(
                () => Family().Count == 0, "no process is left", () => $"Left: {string.Join(", ", Family().Select(ProcessTable.CommandLine))}. {Evidence()}",
                TimeSpan.FromSeconds(2));

            // A process that was killed cannot remove the runtime's own diagnostic sockets, nor the copies of a library model's small files: the next host does that.
            var left = temporary.EnumerateFileSystemInfos().Where(file => process.ExitCode <= 128 || !IsLeftByTheKilled(file.Name)).Select(file => file.Name).ToList();
            Assert.True(left.Count == 0, $"Temporary files are left: {string.Join(", ", left)}");
        }
        finally
        {
            foreach (var pid in Family())
            {
                Signals.Send(pid, Signals.Kill);
            }

            process.Dispose();
            temporary.Delete(recursive: true);
        }
    }

    private static bool IsLeftByTheKilled(string name) =>
        name.StartsWith("clr-debug-pipe-", StringComparison.Ordinal) || name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal)
        || name.StartsWith("akidb-bridge-", StringComparison.Ordinal);

    private static void Add(HostLog log, string? line)
    {
        if (line is not null)
        {
            log.Add(line);
        }
    }

    private void SetEnvironment(ProcessStartInfo start, HostSettings settings)
    {
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AKIDB_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        BuildMachine.Forget(start.Environment);
        start.Environment[RunVariable] = run;
        start.Environment["TMPDIR"] = temporary.FullName;
        if ((settings.Python ?? Python.WithTorch) is { } python)
        {
            start.Environment["AKIDB_EMBEDDING_PYTHON_PATH"] = python;
        }

        foreach (var (name, value) in settings.Environment)
        {
            start.Environment[name] = value;
        }
    }
}
