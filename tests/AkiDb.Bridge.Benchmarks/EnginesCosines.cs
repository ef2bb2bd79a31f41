namespace AkiDb.Bridge.Benchmarks;

/// <summary>How near int8 vectors are to the float32 engine's.</summary>
/// <param name="Model">The model.</param>
/// <param name="Precision">The quantised engine's precision.</param>
/// <param name="Refusal">Why int8 is not served on this machine; null where it is.</param>
/// <param name="WeightBits">The bits of its weights.</param>
/// <param name="Texts">How many were compared.</param>
/// <param name="Worst">The least cosine.</param>
/// <param name="Mean">The mean cosine.</param>
internal sealed record EnginesCosines(string Model, string Precision, string? Refusal, int WeightBits, int Texts, double Worst, double Mean);
