namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>One line, or message, of a stream: a text, or why it is none.</summary>
/// <param name="Number">Its number in the stream, from 1.</param>
/// <param name="Id">Its id as it was written, in the format of the stream; null where it has none, or none that could be read.</param>
/// <param name="Text">Its text; null where there is an error.</param>
/// <param name="Error">Why it has no text.</param>
/// <param name="Bytes">The bytes that it was.</param>
internal readonly record struct StreamLine(long Number, byte[]? Id, string? Text, BridgeError? Error, int Bytes);
