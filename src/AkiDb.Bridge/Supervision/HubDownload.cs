using System.ComponentModel;
using System.Diagnostics;
using AkiDb.Bridge.Models;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Fetches models into the Hugging Face cache, with the hub's own library in the workers' Python; only where <c>AKIDB_MODELS_DOWNLOAD=1</c> allows it.</summary>
/// <param name="python">The workers' interpreter; null to look for it.</param>
/// <param name="cache">The cache's folder.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="stopping">The host stops: a download is given up.</param>
internal sealed class HubDownload(string? python, string cache, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    /// <summary>The variable that allows downloads.</summary>
    public const string Variable = "AKIDB_MODELS_DOWNLOAD";

    /// <summary>Whether downloads are allowed.</summary>
    public static bool IsAllowed => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Fetches a model; large weights take minutes.</summary>
    /// <returns>Why it could not be fetched; null when it was.</returns>
    public string? Fetch(HubName name)
    {
        try
        {
            var interpreter = PythonInterpreter.FindAsync(python, time, CancellationToken.None).GetAwaiter().GetResult();
            Log.Downloading(logger, name.Id, cache);
            return Run(interpreter, name);
        }
        catch (Exception error) when (error is BridgeException or Win32Exception)
        {
            return $"not asked: {error.Message}";
        }
    }

    private string? Run(string interpreter, HubName name)
    {
        string[] arguments = ["-m", "akidb_worker.download", name.Id, "--cache", cache, .. name.Revision is { } revision ? ["--revision", revision] : Array.Empty<string>()];

        // The download ends when its stdin does: it does not outlive this process.
        var start = new ProcessStartInfo(interpreter, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = WorkerCommand.PythonFolder,
            Environment = { ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1", ["PYTHONUTF8"] = "1", ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
        using var process = Process.Start(start)!;
        using var ending = stopping.UnsafeRegister(_ => process.Kill(entireProcessTree: true), null);
        var lastWords = "";
        process.ErrorDataReceived += (_, line) =>
        {
            if (!string.IsNullOrWhiteSpace(line.Data))
            {
                lastWords = line.Data;
                Log.DownloadSays(logger, line.Data);
            }
        };
        process.BeginErrorReadLine();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : lastWords;
    }
}
