using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One <c>last_crash</c> in the answer of <c>GET /api/v1/status</c>.</summary>
/// <param name="Reason">What happened.</param>
/// <param name="Exit">The exit code or signal.</param>
/// <param name="Explanation">What is likely behind it.</param>
/// <param name="UptimeSeconds">From its start to its end.</param>
/// <param name="MemoryBytes">Its memory at the end.</param>
/// <param name="Texts">The texts in flight.</param>
/// <param name="Traceback">What Python wrote.</param>
/// <param name="Stderr">Its last lines.</param>
internal sealed record CrashAnswer(
    string Reason, string? Exit, string? Explanation, double UptimeSeconds, long? MemoryBytes, int Texts, string? Traceback, IReadOnlyList<string> Stderr)
{
    public static CrashAnswer Parse(JsonElement crash) => new(
        crash.GetProperty("reason").GetString()!,
        crash.GetProperty("exit").GetString(),
        crash.GetProperty("explanation").GetString(),
        crash.GetProperty("uptime_seconds").GetDouble(),
        crash.GetProperty("memory_bytes") is { ValueKind: JsonValueKind.Number } memory ? memory.GetInt64() : null,
        crash.GetProperty("in_flight").EnumerateArray().Sum(batch => batch.GetProperty("texts").GetInt32()),
        crash.GetProperty("traceback").GetString(),
        [.. crash.GetProperty("stderr").EnumerateArray().Select(line => line.GetString()!)]);
}
