using AkiDb.Bridge.Diagnostics;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkiDb.Bridge.Health;

/// <summary>Whether requests to the default model are answered, and by the first choice of engine; the state of each model is in the data.</summary>
internal sealed class ReadinessCheck(IBridgeAdministration administration) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var status = administration.GetStatus();
        var model = status.Default;
        var health = model.State switch
        {
            BridgeState.Ready => HealthStatus.Healthy,
            BridgeState.Degraded => HealthStatus.Degraded,
            _ => context.Registration.FailureStatus,
        };
        var description = model.Reasons.Count == 0 ? $"{model.Model} is answered." : string.Join(' ', model.Reasons);

        // A further model that failed may have the name of another one.
        var data = new Dictionary<string, object>();
        foreach (var one in status.Models)
        {
            data.TryAdd(one.Model, one.State.ToString());
        }

        return Task.FromResult(new HealthCheckResult(health, description, data: data));
    }
}
