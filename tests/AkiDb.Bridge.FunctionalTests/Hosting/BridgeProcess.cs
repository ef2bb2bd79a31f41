using System.Diagnostics;
using System.Reflection;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One run of the built <c>akidb-bridge</c>, and the proof that nothing of it is left afterwards.</summary>
internal sealed class BridgeProcess : IAsyncDisposable
{
    /// <summary>Marks every process that descends from one run.</summary>
    private const string RunVariable = "AKIDB_TEST_RUN";

    private readonly string run = Guid.NewGuid().ToString("N");
    private readonly DirectoryInfo temporary = Directory.CreateTempSubdirectory("akidb-functional-");
    private readonly Process process;

    private BridgeProcess(string command, HostSettings settings)
    {
        var start = new ProcessStartInfo(settings.Program ?? Executable, [command, .. settings.Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = temporary.FullName,
        };
        SetEnvironment(start, settings);
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Add(Output, line.Data);
        process.ErrorDataReceived += (_, line) => Add(Errors, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The built executable.</summary>
    public static string Executable { get; } = Path.ChangeExtension(
        typeof(BridgeProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "BridgeHostAssembly").Value!, null);

    public int Pid => process.Id;

    /// <summary>Its standard output.</summary>
    public HostLog Output { get; } = new();

    /// <summary>Its standard error.</summary>
    public HostLog Errors { get; } = new();

    public StreamWriter Input => process.StandardInput;

    public bool HasExited => process.HasExited;

    public static BridgeProcess Start(string command, HostSettings settings) => new(command, settings);

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

            // A process that was killed cannot remove the runtime's own diagnostic sockets.
            var left = temporary.EnumerateFileSystemInfos().Where(file => process.ExitCode <= 128 || !IsDiagnostic(file.Name)).Select(file => file.Name).ToList();
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

    private static bool IsDiagnostic(string name) =>
        name.StartsWith("clr-debug-pipe-", StringComparison.Ordinal) || name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal);

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
