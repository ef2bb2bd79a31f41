namespace AkiDb.Bridge.Onnx;

/// <summary>A micro-batch's turn to run.</summary>
/// <param name="Call">Whose it is.</param>
/// <param name="Batch">The texts.</param>
/// <param name="Wide">Whether it runs on every core.</param>
internal readonly record struct Turn(EmbedCall Call, MicroBatch Batch, bool Wide);
