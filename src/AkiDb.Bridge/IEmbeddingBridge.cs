namespace AkiDb.Bridge;

/// <summary>Turns texts into vectors.</summary>
public interface IEmbeddingBridge
{
    /// <summary>The models: the default one first, then the further ones; each is followed by its fallback model, which only answers for it.</summary>
    IReadOnlyList<ServedModelDescription> Models { get; }

    /// <summary>Embeds the texts of a request.</summary>
    /// <param name="request">The texts and how to embed them.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    /// <exception cref="BridgeException">The request cannot be answered; the exception says why.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default);

    /// <summary>Whether requests to the default model can be answered now, and by what; and how the other models are.</summary>
    BridgeHealth GetHealth();

    /// <summary>What every model and each of its workers are doing now, and how their predecessors ended.</summary>
    BridgeStatus GetStatus();

    /// <summary>Has the worker of a slot replaced: the next one is ready before it goes. Where none serves, the next one is started at once.</summary>
    /// <param name="slot">The slot's number, from 0.</param>
    /// <param name="model">The model whose worker it is, by any of its names; null for the default one.</param>
    /// <returns>False when there is no such slot.</returns>
    /// <exception cref="BridgeException">There is no such model.</exception>
    bool RestartWorker(int slot, string? model = null);
}
