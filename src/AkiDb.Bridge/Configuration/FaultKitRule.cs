using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.Configuration;

/// <summary>Workers that fail on purpose are for tests: where others depend on the answers, the host does not start with them.</summary>
internal static class FaultKitRule
{
    private const string Variable = "AKIDB_WORKER_FAULTS";

    /// <summary>The rule, if it does not hold in this process.</summary>
    /// <param name="environment">What the host calls its environment; null is Production.</param>
    public static IEnumerable<string> Check(string? environment) => Check(Environment.GetEnvironmentVariable(Variable), environment);

    /// <summary>The rule, if it does not hold.</summary>
    /// <param name="faults">The value of the variable; null when it is not set.</param>
    /// <param name="environment">What the host calls its environment; null is Production.</param>
    public static IEnumerable<string> Check(string? faults, string? environment) =>
        string.IsNullOrWhiteSpace(faults) || !string.Equals(environment ?? Environments.Production, Environments.Production, StringComparison.OrdinalIgnoreCase)
            ? []
            : [$"{Variable} is set, which makes workers fail on purpose, and the environment is Production, which is the default. Unset it, or set DOTNET_ENVIRONMENT=Development."];
}
