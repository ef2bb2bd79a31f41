namespace AkiDb.Bridge.Benchmarks;

/// <summary>One way to load the in-process engine, and what it took.</summary>
internal sealed record EnginesLoadMode(string Memory, int Sessions, EnginesLoad Load);
