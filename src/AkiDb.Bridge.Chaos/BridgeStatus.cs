using System.Text.Json;

namespace AkiDb.Bridge.Chaos;

/// <summary>The answer of <c>GET /api/v1/status</c>, as far as it is needed here.</summary>
/// <param name="State"><c>ready</c>, <c>degraded</c> or <c>unavailable</c>.</param>
/// <param name="Model">The model served.</param>
/// <param name="Workers">Every slot.</param>
/// <param name="AdmittedTokens">The tokens that wait or are being computed.</param>
internal sealed record BridgeStatus(string State, string Model, IReadOnlyList<WorkerStatus> Workers, long AdmittedTokens)
{
    public bool AllReady => Workers.All(worker => worker is { State: "ready", Pid: not null });

    public int Restarts => Workers.Sum(worker => worker.Restarts);

    /// <exception cref="KeyNotFoundException">A member is missing.</exception>
    /// <exception cref="InvalidOperationException">A member has the wrong type.</exception>
    public static BridgeStatus Parse(JsonElement root) => new(
        root.GetProperty("state").GetString()!,
        root.GetProperty("model").GetString()!,
        [.. root.GetProperty("workers").EnumerateArray().Select(worker => new WorkerStatus(
            worker.GetProperty("state").GetString()!,
            worker.GetProperty("pid") is { ValueKind: JsonValueKind.Number } pid ? pid.GetInt32() : null,
            worker.GetProperty("restarts").GetInt32()))],
        root.GetProperty("queue").GetProperty("admitted_tokens").GetInt64());
}
