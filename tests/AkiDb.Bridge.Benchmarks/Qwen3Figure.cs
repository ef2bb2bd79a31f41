namespace AkiDb.Bridge.Benchmarks;

/// <summary>An engine on one case of a large model.</summary>
/// <param name="Case">The case.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Rounds">How often it was measured.</param>
/// <param name="WallP50">Milliseconds by a clock on the wall.</param>
/// <param name="CpuP50">Milliseconds of processor time.</param>
/// <param name="TextsPerSecond">By the clock on the wall.</param>
internal sealed record Qwen3Figure(string Case, string Engine, int Rounds, double WallP50, double CpuP50, double TextsPerSecond);
