namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>What was measured.</summary>
/// <param name="Target">The bridge.</param>
/// <param name="OneTextP50">Milliseconds for one text, when nothing else is asked.</param>
/// <param name="OneTextP99">The same, for 99 of 100.</param>
/// <param name="TextsPerSecond">Texts that are computed in a second, in large requests.</param>
/// <param name="Load">A rising load of requests with one text each.</param>
/// <param name="BendsAt">The last rate, in requests a second, before answers became late or failed; null where it never bent.</param>
/// <param name="IsComplete">Whether all was measured; not where it was interrupted.</param>
internal sealed record BenchResult(string Target, double OneTextP50, double OneTextP99, double TextsPerSecond, IReadOnlyList<LoadStage> Load, double? BendsAt, bool IsComplete = true);
