namespace AkiDb.Bridge.Host.Stdio;

/// <summary>What answers the calls: models in this process, or another bridge.</summary>
internal interface IModelService : IAsyncDisposable
{
    /// <summary>Loads a model; one at a time.</summary>
    /// <returns>Its dimension, or why it is not served: nothing has changed then.</returns>
    Task<StdioAnswer> LoadAsync(LoadModelCall call, CancellationToken cancellationToken);

    /// <summary>Embeds texts; many at once.</summary>
    /// <param name="call">The texts.</param>
    /// <param name="isFirst">Completes when everything that came before was answered.</param>
    /// <param name="cancellationToken">Nobody waits for it any more.</param>
    Task<StdioAnswer> EmbedAsync(EmbedBatchCall call, Task isFirst, CancellationToken cancellationToken);
}
