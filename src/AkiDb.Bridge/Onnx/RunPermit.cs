namespace AkiDb.Bridge.Onnx;

/// <summary>The right to run one micro-batch now.</summary>
/// <param name="Call">The call that the micro-batch belongs to.</param>
/// <param name="Batch">The texts.</param>
/// <param name="Wide">Whether it runs on every core.</param>
internal readonly record struct RunPermit(EmbedCall Call, MicroBatch Batch, bool Wide);
