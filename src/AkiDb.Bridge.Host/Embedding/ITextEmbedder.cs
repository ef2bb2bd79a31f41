namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Embeds texts, by a bridge of this process or by one that runs elsewhere.</summary>
internal interface ITextEmbedder : IAsyncDisposable
{
    /// <summary>The longest text that is taken, in UTF-16 characters.</summary>
    int MostCharacters { get; }

    /// <summary>How many requests are worth sending at a time. Where it is one, the same requests give the same bytes every time.</summary>
    int RequestsAtATime { get; }

    /// <summary>Embeds texts; waits while the bridge is full.</summary>
    /// <param name="texts">The texts, at least one.</param>
    /// <param name="space">The space that they must be in; null for whatever it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BridgeException">They cannot be embedded.</exception>
    Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken);
}
