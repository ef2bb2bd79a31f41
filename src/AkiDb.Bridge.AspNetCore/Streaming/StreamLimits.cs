namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>How much a stream may send at once, and how long it may do nothing.</summary>
/// <param name="MaxLineBytes">The longest line.</param>
/// <param name="Idle">How long no line may come while one is waited for, and no answer be read while one waits.</param>
/// <param name="ExpectedSpace">The space that answers will be in, as far as it is known before the first one.</param>
internal sealed record StreamLimits(long MaxLineBytes, TimeSpan Idle, Func<EmbeddingSpace?> ExpectedSpace);
