namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>What one call of a part takes.</summary>
internal sealed record PartFigure(string Part, double Nanoseconds, double Deviation, long AllocatedBytes);
