namespace AkiDb.Bridge.Benchmarks;

/// <summary>What one call took.</summary>
/// <param name="Wall">As a clock on the wall shows it.</param>
/// <param name="Cpu">As the processor counts it, over all threads of whoever computed.</param>
internal readonly record struct EnginesTiming(TimeSpan Wall, TimeSpan Cpu);
