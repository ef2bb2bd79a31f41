namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>What became of one line: its vector, or its error.</summary>
/// <param name="Vector">The vector.</param>
/// <param name="Tokens">The tokens that were computed.</param>
/// <param name="Truncated">Whether the text was cut.</param>
/// <param name="Error">Why there is no vector; null where there is one.</param>
internal readonly record struct LineAnswer(ReadOnlyMemory<float> Vector, int Tokens, bool Truncated, BridgeError? Error);
