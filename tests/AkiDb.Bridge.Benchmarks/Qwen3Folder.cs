using System.Diagnostics;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The folder of Qwen3-Embedding-0.6B's size with random weights, which a script makes once in the user's cache.</summary>
internal static class Qwen3Folder
{
    /// <summary>Where it is.</summary>
    /// <param name="interpreter">A Python with NumPy.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<string> MakeAsync(string interpreter, CancellationToken cancellationToken)
    {
        var script = Path.Combine(TestPaths.Repository, "tests", "python", "full_size_qwen3.py");
        using var process = Process.Start(new ProcessStartInfo(interpreter, [script]) { RedirectStandardOutput = true })!;
        var folder = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? folder.Trim() : throw new InvalidOperationException($"'{script}' ended with exit code {process.ExitCode}.");
    }
}
