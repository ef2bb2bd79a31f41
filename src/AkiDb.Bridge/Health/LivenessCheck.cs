using AkiDb.Bridge.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkiDb.Bridge.Health;

/// <summary>Whether the bridge answers at all. No engine is needed for that: workers are started again by themselves, and a restart of the host would not help them.</summary>
internal sealed class LivenessCheck(IBridgeAdministration administration) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(HealthCheckResult.Healthy($"The bridge serves {CountOf(administration.GetStatus())}."));

    private static string CountOf(BridgeStatus status) => status.Models.Count == 1 ? "one model" : $"{status.Models.Count} models";
}
