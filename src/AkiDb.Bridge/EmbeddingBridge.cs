namespace AkiDb.Bridge;

/// <summary>The front door: finds the model that a request names, and lets the request in.</summary>
/// <param name="models">The models.</param>
/// <param name="time">The clock.</param>
internal sealed class EmbeddingBridge(ModelRegistry models, TimeProvider time) : IEmbeddingBridge
{
    /// <inheritdoc/>
    public IReadOnlyList<ServedModelDescription> Models => [.. models.All.SelectMany(model => model.Describe())];

    /// <inheritdoc/>
    public BridgeHealth GetHealth() => models.Default.Health with { Models = [.. models.Further.Select(HealthOf)] };

    /// <inheritdoc/>
    public BridgeStatus GetStatus() => models.Default.Status with { Models = [.. models.Further.Select(model => model.Status)] };

    /// <inheritdoc/>
    public bool RestartWorker(int slot, string? model = null) => models.Find(model).Runtime?.Front.RestartWorker(slot) ?? false;

    /// <inheritdoc/>
    public async Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var started = time.GetTimestamp();
        var runtime = Enter(request.Model);
        try
        {
            return await runtime.Front.EmbedAsync(request, started, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            runtime.Doorway.Leave();
        }
    }

    private static ModelHealth HealthOf(HostedModel model)
    {
        var health = model.Health;
        return new ModelHealth(model.Id, health.State, health.Reasons);
    }

    private ModelRuntime Enter(string? name)
    {
        while (true)
        {
            var model = models.Find(name);
            var runtime = model.Runtime ?? throw new BridgeException(model.Failure!);

            // A model leaves the registry before its door is closed: what is found closed is not found again.
            if (runtime.Doorway.TryEnter())
            {
                return runtime;
            }
        }
    }
}
