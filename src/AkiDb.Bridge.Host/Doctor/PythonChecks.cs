using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The workers' Python, from its name to its packages.</summary>
/// <param name="options">What workers are to be.</param>
/// <param name="time">The clock.</param>
internal sealed class PythonChecks(BridgeOptions options, TimeProvider time)
{
    private const string Name = "python";

    /// <summary>Looks at it, step by step; a step that fails is the last one.</summary>
    public async IAsyncEnumerable<Check> RunAsync(int threads, int gpus, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return StrayModuleCheck.In(WorkerCommand.PythonFolder);
        var (interpreter, found) = await FindAsync(cancellationToken);
        yield return found;
        if (interpreter is null)
        {
            yield break;
        }

        var (report, started) = await PythonDiagnosis.RunAsync(interpreter, threads, time, cancellationToken);
        yield return started;
        if (report is null)
        {
            yield break;
        }

        if (!report.Is64Bit)
        {
            yield return Check.Fail("python starts", $"{report.Executable} is a 32-bit Python, for which there is no torch.", PythonRefusal.Advice);
        }

        foreach (var check in PackageChecks.Of(report))
        {
            yield return check;
        }

        if (report.Torch is not null)
        {
            yield return BlasCheck.Of(report.Torch);
            yield return GpuCheck.Of(report, gpus, options.Worker.Device);
        }
    }

    private async Task<(string? Interpreter, Check Check)> FindAsync(CancellationToken cancellationToken)
    {
        var named = options.Worker.PythonPath;
        try
        {
            var interpreter = await PythonInterpreter.FindAsync(named, time, cancellationToken);
            var active = Environment.GetEnvironmentVariable("VIRTUAL_ENV");
            return (interpreter, string.IsNullOrWhiteSpace(named) && !string.IsNullOrEmpty(active) && !interpreter.StartsWith(active, StringComparison.Ordinal)
                ? Check.Warn(
                    Name,
                    Directory.Exists(active)
                        ? $"The active virtual environment {active} has no torch, numpy and msgpack: {interpreter} is taken instead."
                        : $"The active virtual environment {active} does not exist any more: {interpreter} is taken instead.",
                    Directory.Exists(active) ? "Install them there, or leave the environment." : "Leave it ('deactivate'), or unset VIRTUAL_ENV.")
                : Check.Pass(Name, $"{interpreter}, {(string.IsNullOrWhiteSpace(named) ? "the first that has torch, numpy and msgpack" : "as configured")}"));
        }
        catch (BridgeException error)
        {
            var remedy = error.Remedy ?? PythonRefusal.Advice;
            return (null, Check.Fail(Name, error.Message.Replace($" {remedy}", "", StringComparison.Ordinal), remedy));
        }
    }
}
