using AkiDb.Bridge;
using AkiDb.Bridge.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the bridge to the health checks of a host.</summary>
public static class BridgeHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds two checks: <c>akidb-bridge-live</c>, tagged <c>live</c>, is healthy as long as the bridge answers at all; <c>akidb-bridge-ready</c>, tagged
    /// <c>ready</c>, is healthy when the first choice of engine of the default model answers, degraded when the fallback does or is missing, and
    /// <paramref name="failureStatus"/> when nothing can. It may be called more than once. Descriptions may name paths of this machine.
    /// </summary>
    /// <param name="builder">The host's health checks; <c>AddAkiDbBridge()</c> must be called on its services too.</param>
    /// <param name="failureStatus">What the readiness check says when no engine can answer. Default: unhealthy.</param>
    public static IHealthChecksBuilder AddAkiDbBridge(this IHealthChecksBuilder builder, HealthStatus failureStatus = HealthStatus.Unhealthy)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<HealthCheckServiceOptions>(options =>
        {
            Add(options, new HealthCheckRegistration("akidb-bridge-live", services => new LivenessCheck(services.GetRequiredService<IBridgeAdministration>()), null, ["live"]));
            Add(options, new HealthCheckRegistration(
                "akidb-bridge-ready", services => new ReadinessCheck(services.GetRequiredService<IBridgeAdministration>()), failureStatus, ["ready"]));
        });
        return builder;
    }

    // The framework refuses two checks of one name.
    private static void Add(HealthCheckServiceOptions options, HealthCheckRegistration check)
    {
        if (!options.Registrations.Any(other => other.Name == check.Name))
        {
            options.Registrations.Add(check);
        }
    }
}
