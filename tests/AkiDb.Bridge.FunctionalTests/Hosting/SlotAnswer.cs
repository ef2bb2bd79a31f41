using System.Text.Json;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>One slot in the answer of <c>GET /api/v1/status</c>.</summary>
/// <param name="Name">Such as <c>worker:0</c>.</param>
/// <param name="State">Such as <c>ready</c>.</param>
/// <param name="Pid">The process that computes.</param>
/// <param name="Restarts">How often it was replaced.</param>
/// <param name="Served">Batches computed.</param>
/// <param name="InFlight">Batches not answered.</param>
/// <param name="MemoryBytes">Its resident memory.</param>
/// <param name="HasComputed">Whether it says when it last computed something.</param>
/// <param name="LastCrash">How its last worker ended.</param>
internal sealed record SlotAnswer(
    string Name, string State, int? Pid, int Restarts, long Served, int InFlight, long? MemoryBytes, bool HasComputed, CrashAnswer? LastCrash)
{
    public static SlotAnswer Parse(JsonElement slot) => new(
        slot.GetProperty("name").GetString()!,
        slot.GetProperty("state").GetString()!,
        slot.GetProperty("pid") is { ValueKind: JsonValueKind.Number } pid ? pid.GetInt32() : null,
        slot.GetProperty("restarts").GetInt32(),
        slot.GetProperty("served").GetInt64(),
        slot.GetProperty("in_flight").GetInt32(),
        slot.GetProperty("memory_bytes") is { ValueKind: JsonValueKind.Number } memory ? memory.GetInt64() : null,
        slot.GetProperty("last_inference").ValueKind == JsonValueKind.String,
        slot.GetProperty("last_crash") is { ValueKind: JsonValueKind.Object } crash ? CrashAnswer.Parse(crash) : null);
}
