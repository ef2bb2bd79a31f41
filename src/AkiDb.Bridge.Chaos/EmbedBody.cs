namespace AkiDb.Bridge.Chaos;

/// <summary>The body of one request.</summary>
/// <param name="Inputs">The texts.</param>
/// <param name="EncodingFormat">How the vectors come back.</param>
/// <param name="Fallback">The fallback policy; null for the bridge's own.</param>
internal sealed record EmbedBody(IReadOnlyList<string> Inputs, string EncodingFormat, string? Fallback);
