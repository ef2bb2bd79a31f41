namespace AkiDb.Bridge.Engines;

/// <summary>How an engine's call ended: with its rows in the caller's memory, or with an error.</summary>
/// <param name="Error">The failure; null when every row was written.</param>
/// <param name="Compute">The time that the model itself took.</param>
/// <param name="Loss">What has become of the batch, where the engine did not answer.</param>
internal readonly record struct EngineReply(BridgeError? Error, TimeSpan Compute, BatchLoss Loss = BatchLoss.None);
