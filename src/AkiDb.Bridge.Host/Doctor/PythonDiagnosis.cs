using System.ComponentModel;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Processes;
using CliWrap.Buffered;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Starts the workers' Python, in the workers' environment, and has it say what it is.</summary>
internal static class PythonDiagnosis
{
    private const string Name = "python starts";

    // Importing torch takes seconds, from a cold network disk a minute.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    /// <summary>Runs it.</summary>
    /// <param name="interpreter">The interpreter.</param>
    /// <param name="threads">Threads of one forward pass.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it says; null where it says nothing, and the check says why.</returns>
    public static async Task<(PythonReport? Report, Check Check)> RunAsync(string interpreter, int threads, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var result = await PythonCommand.Of(interpreter, "akidb_worker.diagnose", WorkerEnvironment.ForThisMachine(threads)).ExecuteBufferedAsync(Encoding.UTF8, either.Token);
            return result.ExitCode == 0 && Parse(result.StandardOutput) is { } report
                ? (report, Check.Pass(Name, $"Python {report.Version}{EnvironmentOf(report)}, {report.Executable}"))
                : (null, Explain(interpreter, result.ExitCode, result.StandardError, result.StandardOutput));
        }
        catch (Win32Exception error)
        {
            return (null, Check.Fail(Name, PythonRefusal.NotStarted(error.Message), PythonRefusal.Advice));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return (null, Check.Fail(Name, $"'{interpreter}' did not say what it is within {Longest.TotalMinutes:F0} minutes.", PythonRefusal.Advice));
        }
    }

    private static PythonReport? Parse(string output)
    {
        try
        {
            return JsonSerializer.Deserialize(output, DoctorJson.Default.PythonReport);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string EnvironmentOf(PythonReport report) => report.Prefix == report.BasePrefix ? "" : $" in the virtual environment {report.Prefix}";

    private static Check Explain(string interpreter, int exitCode, string errors, string output)
    {
        var said = $"{output}\n{errors}".Split('\n').Select(line => line.Trim()).LastOrDefault(line => line.Length > 0) ?? "nothing";
        var whole = output + errors;
        if (exitCode == 0 && output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var first, .., var last] && Parse(last) is not null)
        {
            return Check.Fail(
                Name,
                $"'{interpreter}' writes to standard output before Python begins, where a worker's answers belong: {ForeignText.Shorten(first, 200)}",
                "Let the script that starts Python write to standard error, or name the interpreter itself with --python.");
        }

        if (whole.Contains("Microsoft Store", StringComparison.Ordinal))
        {
            return Check.Fail(Name, $"'{interpreter}' is no Python: it is Windows' stub that opens the store.", "Install Python from python.org, or switch the app execution aliases for python.exe off; then name its file with --python.");
        }

        if (whole.Contains("pyenv:", StringComparison.Ordinal) || whole.Contains("asdf", StringComparison.Ordinal))
        {
            return Check.Fail(
                Name,
                $"'{interpreter}' is the shim of a version manager, which starts no Python here: {ForeignText.Shorten(said, 200)}",
                "Name the interpreter itself with --python: the version manager prints its path ('pyenv which python3', 'asdf which python3').");
        }

        return Check.Fail(
            Name, $"'{interpreter}' is no Python that workers can use. It ended with {new WorkerExit(exitCode)}, and its last words are: {ForeignText.Shorten(said, 200)}", PythonRefusal.Advice);
    }
}
