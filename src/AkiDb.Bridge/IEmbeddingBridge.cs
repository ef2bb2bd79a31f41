namespace AkiDb.Bridge;

/// <summary>Turns texts into vectors. What concerns the host itself, its state and its workers, is <see cref="IBridgeAdministration"/>.</summary>
/// <remarks>As a keyed service, under a model's name or under the name of its entry in <c>Bridge:Models</c>, it answers by that model where a request names none.</remarks>
public interface IEmbeddingBridge
{
    /// <summary>Embeds the texts of a request.</summary>
    /// <param name="request">The texts and how to embed them.</param>
    /// <param name="cancellationToken">Ends the wait for the answer, and what is computed for it alone.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default);
}
