namespace AkiDb.Bridge.Benchmarks;

/// <summary>How near int8 vectors are to the float32 engine's.</summary>
/// <param name="Refusal">Why int8 is not served on this machine; null where it is.</param>
/// <param name="WeightBits">The bits of its weights.</param>
/// <param name="Texts">How many were compared.</param>
/// <param name="Worst">The least cosine.</param>
/// <param name="Mean">The mean cosine.</param>
internal sealed record EnginesCosines(string? Refusal, int WeightBits, int Texts, double Worst, double Mean);
