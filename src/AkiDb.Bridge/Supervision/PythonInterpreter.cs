using System.ComponentModel;
using CliWrap;

namespace AkiDb.Bridge.Supervision;

/// <summary>Finds the Python that workers run on.</summary>
internal static class PythonInterpreter
{
    // find_spec looks for the packages without importing them: milliseconds instead of seconds.
    // A folder that only happens to have a package's name has no origin.
    private const string Check =
        "import importlib.util as u, sys; sys.exit(any((s := u.find_spec(m)) is None or s.origin is None for m in ('torch', 'numpy', 'msgpack')))";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The configured interpreter, else the first candidate that has torch, NumPy and msgpack.</summary>
    /// <exception cref="BridgeException">There is none.</exception>
    public static async Task<string> FindAsync(string? configured, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(configured))
        {
            return configured.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && !File.Exists(configured)
                ? throw Missing($"The workers' Python could not be started: '{configured}' does not exist.")
                : configured;
        }

        var candidates = Candidates().ToList();
        foreach (var candidate in candidates)
        {
            if (await HasTorchAsync(candidate, time, cancellationToken).ConfigureAwait(false))
            {
                return candidate;
            }
        }

        throw Missing(candidates.Count == 0
            ? "No Python was found on PATH."
            : $"None of the Pythons found has torch, numpy and msgpack: {string.Join(", ", candidates)}.");
    }

    private static BridgeException Missing(string what) => new(
        BridgeErrorKind.NoEngine, what + " Set AKIDB_EMBEDDING_PYTHON_PATH to an interpreter that can import torch, or run 'scripts/setup'.");

    private static IEnumerable<string> Candidates()
    {
        var windows = OperatingSystem.IsWindows();
        string[] names = windows ? ["python.exe"] : ["python3", "python"];
        var environments = new[] { Environment.GetEnvironmentVariable("VIRTUAL_ENV"), Path.Combine(Environment.CurrentDirectory, ".venv") }
            .OfType<string>()
            .Select(folder => Path.Combine(folder, windows ? "Scripts" : "bin"));
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return environments.Concat(path)
            .SelectMany(folder => names, Path.Combine)
            .Where(File.Exists)
            .Distinct();
    }

    private static async Task<bool> HasTorchAsync(string interpreter, TimeProvider time, CancellationToken cancellationToken)
    {
        // A version manager's shim or a dead network mount must not keep the others from being looked at.
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var result = await Cli.Wrap(interpreter)
                .WithArguments(["-c", Check])
                .WithValidation(CommandResultValidation.None)
                .ExecuteAsync(either.Token);
            return result.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
