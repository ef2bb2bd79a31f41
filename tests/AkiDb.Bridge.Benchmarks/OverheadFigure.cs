namespace AkiDb.Bridge.Benchmarks;

/// <summary>What one way to an engine adds to its compute. All times in milliseconds.</summary>
/// <param name="Way">HTTP, library or JSON lines, and the engine.</param>
/// <param name="Texts">Texts of a call.</param>
/// <param name="Tokens">Tokens of a text.</param>
/// <param name="Dimension">Values of a row.</param>
/// <param name="CallP50">The whole call.</param>
/// <param name="ComputeP50">The engine's compute.</param>
/// <param name="AddedP50">The difference, call by call.</param>
/// <param name="AddedP99">Its 99th percentile.</param>
internal sealed record OverheadFigure(
    string Way, int Texts, int Tokens, int Dimension, double CallP50, double ComputeP50, double AddedP50, double AddedP99);
