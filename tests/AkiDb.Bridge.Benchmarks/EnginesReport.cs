namespace AkiDb.Bridge.Benchmarks;

/// <summary>Every figure of a run, for programs to read.</summary>
internal sealed record EnginesReport(
    string Model, int Cores, IReadOnlyList<EnginesFigure> Comparisons, IReadOnlyList<EnginesLoadMode> Loads, IReadOnlyList<EnginesWorkerLoad> Workers);
