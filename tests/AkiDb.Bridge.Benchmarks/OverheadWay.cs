namespace AkiDb.Bridge.Benchmarks;

/// <summary>One way from a caller to an engine.</summary>
/// <param name="Name">HTTP, library or JSON lines, and the engine.</param>
/// <param name="CallAsync">Embeds the texts, given as such and as token ids; returns the engine's own compute time.</param>
internal sealed record OverheadWay(string Name, Func<string[], int[][], Task<TimeSpan>> CallAsync);
