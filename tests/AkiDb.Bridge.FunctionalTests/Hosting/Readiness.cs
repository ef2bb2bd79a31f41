using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>The answer of <c>GET /readyz</c>.</summary>
/// <param name="Status"><c>ready</c>, <c>degraded</c> or <c>unavailable</c>.</param>
/// <param name="Reasons">Why it is not ready.</param>
/// <param name="Engines">Every engine.</param>
internal sealed record Readiness(string Status, IReadOnlyList<string> Reasons, IReadOnlyList<EngineReadiness> Engines)
{
    public EngineReadiness Worker => Engines.Single(engine => engine.Name == "worker:0");

    public EngineReadiness InProcess => Engines.Single(engine => engine.Name == "in-process");

    public static Readiness Parse(JsonElement root) => new(
        root.GetProperty("status").GetString()!,
        [.. root.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()!)],
        [.. root.GetProperty("engines").EnumerateArray().Select(EngineReadiness.Parse)]);
}
