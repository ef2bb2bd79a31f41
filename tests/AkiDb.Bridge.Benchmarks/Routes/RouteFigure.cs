namespace AkiDb.Bridge.Benchmarks.Routes;

/// <summary>What 64 connections got from a route. Latencies are in milliseconds.</summary>
/// <param name="Route">Its name.</param>
/// <param name="Rate">Answers a second.</param>
/// <param name="OfPerfect">The same as a share of what perfect batches give.</param>
/// <param name="P50">Latency.</param>
/// <param name="P99">Latency.</param>
/// <param name="Refused">Answers that were no vector.</param>
internal sealed record RouteFigure(string Route, double Rate, double OfPerfect, double P50, double P99, int Refused);
