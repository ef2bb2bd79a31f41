namespace AkiDb.Bridge.Protocol;

/// <summary>A message that a worker sends.</summary>
internal abstract record WorkerMessage;
