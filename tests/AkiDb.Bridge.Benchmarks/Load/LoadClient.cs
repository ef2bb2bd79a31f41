namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>A way to have one text embedded; null for a vector, else why there is none.</summary>
internal delegate Task<BridgeErrorKind?> LoadClient(string text, CancellationToken cancellationToken);
