namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>The medians of a peer's rounds.</summary>
/// <param name="Peer">What it is.</param>
/// <param name="Singles">Texts a second of many callers.</param>
/// <param name="List">Texts a second of one list.</param>
/// <param name="Alone">Milliseconds of one caller's text; null where it cannot be asked for one.</param>
internal sealed record PeerFigure(string Peer, double Singles, double List, double? Alone);
