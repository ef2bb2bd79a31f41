namespace AkiDb.Bridge.Benchmarks;

/// <summary>One step of loading, in milliseconds.</summary>
internal sealed record EnginesLoadStage(double Wall, double Cpu);
