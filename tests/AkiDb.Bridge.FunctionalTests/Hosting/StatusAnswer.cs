using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The answer of <c>GET /api/v1/status</c>.</summary>
/// <param name="State"><c>ready</c>, <c>degraded</c>, <c>unavailable</c> or <c>failed</c>.</param>
/// <param name="Model">The model.</param>
/// <param name="InProcess">The state of the in-process engine.</param>
/// <param name="AdmittedTokens">The permits that are taken.</param>
/// <param name="Overloaded">Whether more comes than can be computed.</param>
/// <param name="Workers">Every slot.</param>
/// <param name="Models">The same of the other models.</param>
internal sealed record StatusAnswer(
    string State, string Model, string InProcess, long AdmittedTokens, bool Overloaded, IReadOnlyList<SlotAnswer> Workers, IReadOnlyList<StatusAnswer> Models)
{
    public static StatusAnswer Parse(JsonElement root) => new(
        root.GetProperty("state").GetString()!,
        root.GetProperty("model").GetString()!,
        root.GetProperty("in_process").GetProperty("state").GetString()!,
        root.GetProperty("queue").GetProperty("admitted_tokens").GetInt64(),
        root.GetProperty("queue").GetProperty("overloaded").GetBoolean(),
        [.. root.GetProperty("workers").EnumerateArray().Select(SlotAnswer.Parse)],
        root.TryGetProperty("models", out var models) ? [.. models.EnumerateArray().Select(Parse)] : []);
}
