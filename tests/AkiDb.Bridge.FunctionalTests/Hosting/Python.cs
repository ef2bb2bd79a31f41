using System.ComponentModel;
using System.Diagnostics;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The machine's Pythons, as far as tests need them.</summary>
internal static class Python
{
    private const string ForWorkers = "('torch', 'numpy', 'msgpack')";

    /// <summary>The interpreter that real workers run on; null when the machine has none.</summary>
    public static string? WithTorch { get; } = Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH") is { Length: > 0 } configured
        ? configured
        : Candidates().FirstOrDefault(HasPackages);

    /// <summary>An interpreter that cannot import torch; null when the machine has none.</summary>
    public static string? WithoutTorch { get; } = Candidates().FirstOrDefault(python => Runs(python, "pass") && !HasPackages(python));

    /// <summary>Whether its torch is Debian's, which multiplies matrices with the BLAS that the system has chosen.</summary>
    public static bool UsesSystemsBlas { get; } = WithTorch is not null && Runs(WithTorch, "import importlib.util as u, sys; sys.exit('dist-packages' not in u.find_spec('torch').origin)");

    /// <summary>Ends the test as skipped on a machine without PyTorch.</summary>
    public static void Require() => Assert.SkipWhen(WithTorch is null, "No Python on this machine has torch, numpy and msgpack.");

    /// <summary>Whether the interpreter of the workers has a package.</summary>
    public static bool Has(string package) => Runs(WithTorch!, $"import importlib.util as u, sys; sys.exit(u.find_spec('{package}') is None)");

    private static IEnumerable<string> Candidates() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "python3"))
        .Where(File.Exists)
        .Distinct();

    private static bool HasPackages(string python) =>
        Runs(python, $"import importlib.util as u, sys; sys.exit(any(u.find_spec(m) is None for m in {ForWorkers}))");

    private static bool Runs(string python, string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", program]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
