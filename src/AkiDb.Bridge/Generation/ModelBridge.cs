namespace AkiDb.Bridge.Generation;

/// <summary>The bridge to one model: what a keyed service is. A request that names another model gets that one.</summary>
internal sealed class ModelBridge(IEmbeddingBridge bridge, string model) : IEmbeddingBridge
{
    /// <inheritdoc/>
    public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return bridge.EmbedAsync(request.Model is null ? request with { Model = model } : request, cancellationToken);
    }
}
