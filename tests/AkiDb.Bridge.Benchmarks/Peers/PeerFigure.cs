namespace AkiDb.Bridge.Benchmarks.Peers;

/// <summary>The median of a peer's rounds, in texts a second.</summary>
internal sealed record PeerFigure(string Peer, double Singles, double List);
