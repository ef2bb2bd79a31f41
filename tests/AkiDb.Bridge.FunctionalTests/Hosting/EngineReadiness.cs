using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One engine in the answer of <c>GET /readyz</c>.</summary>
/// <param name="Name">Such as <c>worker:0</c>.</param>
/// <param name="State">Such as <c>ready</c>.</param>
/// <param name="Pid">The worker's process id.</param>
/// <param name="Restarts">How often it was replaced.</param>
/// <param name="Detail">Why it is not ready, or why its last worker ended.</param>
internal sealed record EngineReadiness(string Name, string State, int? Pid, int? Restarts, string? Detail)
{
    public static EngineReadiness Parse(JsonElement engine) => new(
        engine.GetProperty("name").GetString()!,
        engine.GetProperty("state").GetString()!,
        engine.TryGetProperty("pid", out var pid) ? pid.GetInt32() : null,
        engine.TryGetProperty("restarts", out var restarts) ? restarts.GetInt32() : null,
        engine.TryGetProperty("detail", out var detail) ? detail.GetString() : null);
}
