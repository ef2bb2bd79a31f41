namespace AkiDb.Bridge.Host.Doctor;

/// <summary>All checks of one run, in their order.</summary>
internal sealed record Diagnosis(IReadOnlyList<Check> Checks)
{
    /// <summary>The exit code that says it.</summary>
    public int ExitCode => Checks.Any(check => check.Result == CheckResult.Fail) ? ExitCodes.Failure : ExitCodes.Success;
}
