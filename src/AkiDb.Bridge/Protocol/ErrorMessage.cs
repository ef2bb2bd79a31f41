namespace AkiDb.Bridge.Protocol;

/// <summary>A typed failure.</summary>
/// <param name="Id">The request that failed; null when it is about the connection.</param>
/// <param name="Kind">One of the protocol's error kinds.</param>
/// <param name="Message">A sentence. It never holds input text.</param>
/// <param name="Retryable">Whether the same work may succeed on another try.</param>
/// <param name="Input">The index within the batch of the text that it is about, where it is about one.</param>
internal sealed record ErrorMessage(long? Id, string Kind, string Message, bool Retryable, int? Input) : WorkerMessage;
