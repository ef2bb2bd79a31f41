namespace AkiDb.Bridge.Benchmarks;

/// <summary>One way to compute the vectors of a case.</summary>
/// <param name="Name">How tables name it.</param>
/// <param name="RunAsync">Computes them once.</param>
internal sealed record EnginesWay(string Name, Func<CancellationToken, Task<EnginesTiming>> RunAsync);
