namespace AkiDb.Bridge.Benchmarks.Dotnet;

/// <summary>What a way gives, and how fast.</summary>
/// <param name="Way">What it is.</param>
/// <param name="Callers">Callers at once, each with one text at a time.</param>
/// <param name="TextsPerSecond">Of all callers.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="BytesPerText">Allocated in the process, on whatever thread.</param>
internal sealed record DotnetFigure(string Way, int Callers, double TextsPerSecond, double P50, double P99, double BytesPerText);
