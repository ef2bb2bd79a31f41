namespace AkiDb.Bridge.Engines;

/// <summary>How an engine's call ended: with its rows in the caller's memory, or with an error.</summary>
/// <param name="Error">The failure; null when every row was written.</param>
/// <param name="Compute">The time that the model itself took.</param>
/// <param name="DiedComputing">Whether the engine ended while, as far as the host can tell, it computed this batch and not another one.</param>
internal readonly record struct EngineReply(BridgeError? Error, TimeSpan Compute, bool DiedComputing = false);
