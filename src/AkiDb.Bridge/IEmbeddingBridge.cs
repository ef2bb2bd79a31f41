namespace AkiDb.Bridge;

/// <summary>Turns texts into vectors.</summary>
public interface IEmbeddingBridge
{
    /// <summary>The models that are served: first the one that requests may name, then the fallback model, which only answers for it.</summary>
    IReadOnlyList<ServedModelDescription> Models { get; }

    /// <summary>Embeds the texts of a request.</summary>
    /// <param name="request">The texts and how to embed them.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default);

    /// <summary>Whether requests can be answered now, and by what.</summary>
    BridgeHealth GetHealth();
}
