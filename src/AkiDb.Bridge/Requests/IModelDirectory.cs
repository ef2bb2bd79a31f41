using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Requests;

/// <summary>The models of the host, as requests see them.</summary>
internal interface IModelDirectory
{
    /// <summary>Finds the model that a request names and lets the request in; a model that is still being read is waited for.</summary>
    /// <param name="name">Any of its names; null for the default one.</param>
    /// <param name="timeout">The request's own time; null for the model's.</param>
    /// <param name="started">When the request began, as a timestamp of the clock.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>Its pipeline, whose drain the request must leave.</returns>
    /// <exception cref="BridgeException">There is no such model, or it cannot be served.</exception>
    ValueTask<EmbeddingPipeline> EnterAsync(string? name, TimeSpan? timeout, long started, CancellationToken cancellationToken);

    /// <summary>How the model of a name is now.</summary>
    /// <param name="name">Any of its names; null for the default one.</param>
    /// <exception cref="BridgeException">There is no such model.</exception>
    ModelStatus GetStatus(string? name);

    /// <inheritdoc cref="IBridgeAdministration.GetStatus"/>
    BridgeStatus GetStatus();

    /// <inheritdoc cref="IBridgeAdministration.RestartWorker"/>
    bool RestartWorker(int slot, string? model);
}
