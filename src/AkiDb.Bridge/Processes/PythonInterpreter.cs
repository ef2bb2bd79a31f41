using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Processes;

/// <summary>Finds the Python that workers run on. It never looks in the current folder: whoever can write there could have it run anything.</summary>
internal static class PythonInterpreter
{
    // In the folder of every virtual environment, which is made of links to the Python that it was made with.
    private const string EnvironmentMark = "pyvenv.cfg";

    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(10);

    private static string[] Names => OperatingSystem.IsWindows() ? ["python.exe"] : ["python3", "python"];

    private static IEnumerable<string> SearchPath =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified);

    /// <summary>The configured interpreter, else the first candidate that has torch, NumPy and msgpack.</summary>
    /// <param name="configured">A file, a folder of a Python environment, or a name to be found on PATH; null to look for one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="BridgeException">There is none.</exception>
    public static async Task<string> FindAsync(string? configured, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(configured))
        {
            var interpreter = Resolve(configured);
            return IsThisProgram(interpreter) ? throw NotStarted($"'{configured}' is this program itself.") : interpreter;
        }

        var candidates = Candidates().ToList();
        foreach (var candidate in candidates)
        {
            if (await HasTorchAsync(candidate, time, cancellationToken).ConfigureAwait(false))
            {
                return candidate;
            }
        }

        throw PythonRefusal.Error(candidates.Count == 0
            ? "No Python was found on PATH."
            : $"None of the Pythons found has torch, numpy and msgpack: {string.Join(", ", candidates)}.");
    }

    /// <summary>Whether an interpreter can be started: <see cref="File.Exists"/> says yes to a link, too, whose target is gone.</summary>
    public static bool IsThere([NotNullWhen(true)] string? interpreter) => File.Exists(interpreter) && File.Exists(BehindLinks(interpreter));

    private static string Resolve(string configured)
    {
        if (!configured.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) && !configured.Contains('/', StringComparison.Ordinal) && configured != "~")
        {
            return SearchPath.Select(folder => Path.Combine(folder, configured)).FirstOrDefault(IsThere)
                ?? throw NotStarted($"there is no '{configured}' on PATH.");
        }

        var path = Absolute(configured);
        if (Directory.Exists(path))
        {
            return InEnvironment(path).FirstOrDefault(IsThere)
                ?? throw (InEnvironment(path).FirstOrDefault(IsLink) is { } broken
                    ? Missing(broken, broken)
                    : NotStarted($"'{configured}' is a folder without {string.Join(" or ", InEnvironment("").Select(file => $"'{file}'"))}."));
        }

        return IsThere(path) ? path : throw Missing(path, configured);
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    // Null where links lead in a circle.
    private static string? BehindLinks(string path)
    {
        try
        {
            return RealPath.Of(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static BridgeException Missing(string path, string configured)
    {
        if (!IsLink(path))
        {
            return NotStarted($"'{configured}' does not exist.");
        }

        var link = $"'{configured}' is a link to '{BehindLinks(path) ?? path}', which does not exist";
        return Path.GetDirectoryName(Path.GetDirectoryName(path)) is { } folder && File.Exists(Path.Combine(folder, EnvironmentMark))
            ? PythonRefusal.Error(PythonRefusal.NotStarted($"{link} any more: the virtual environment's Python was removed."), PythonRefusal.MakeAgain(folder))
            : NotStarted($"{link}.");
    }

    private static string Absolute(string configured)
    {
        if (configured == "~" || configured.StartsWith("~/", StringComparison.Ordinal))
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + configured[1..];
        }

        try
        {
            return Path.GetFullPath(configured);
        }
        catch (IOException)
        {
            throw NotStarted($"'{configured}' is relative to the folder that this program was started in, which no longer exists.");
        }
    }

    private static BridgeException NotStarted(string what) => PythonRefusal.Error(PythonRefusal.NotStarted(what));

    private static IEnumerable<string> Candidates()
    {
        string[] environments = Environment.GetEnvironmentVariable("VIRTUAL_ENV") is { } folder && Path.IsPathFullyQualified(folder) ? [folder] : [];
        return environments.SelectMany(InEnvironment)
            .Concat(SearchPath.SelectMany(_ => Names, Path.Combine))
            .Where(candidate => IsThere(candidate) && !IsThisProgram(candidate))
            .Distinct();
    }

    // AkiDB is told to start this program where it would start a Python: a program that did the same would start itself without end.
    private static bool IsThisProgram(string file) => Environment.ProcessPath is { } program && RealPath.Of(file) == RealPath.Of(program);

    // On Windows an environment of conda has its Python at the top.
    private static IEnumerable<string> InEnvironment(string folder) => OperatingSystem.IsWindows()
        ? [Path.Combine(folder, "Scripts", "python.exe"), Path.Combine(folder, "python.exe")]
        : Names.Select(name => Path.Combine(folder, "bin", name));

    private static async Task<bool> HasTorchAsync(string interpreter, TimeProvider time, CancellationToken cancellationToken)
    {
        // A version manager's shim or a dead network mount must not keep the others from being looked at.
        using var deadline = new CancellationTokenSource(CheckTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var environment = WorkerEnvironment.WithoutComputing();
            var result = await PythonCommand.Of(interpreter, "akidb_worker.check", environment).ExecuteAsync(either.Token);
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
