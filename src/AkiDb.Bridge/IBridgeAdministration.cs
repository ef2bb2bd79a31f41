using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge;

/// <summary>Looks after a running bridge: how its models and workers are, and having a worker replaced. Vectors come from <see cref="IEmbeddingBridge"/>.</summary>
public interface IBridgeAdministration
{
    /// <summary>How every model, its engines and its workers are now, and how the workers before them ended.</summary>
    BridgeStatus GetStatus();

    /// <summary>Has the worker of a slot replaced: the next one is ready before it goes. Where none serves, the next one is started at once.</summary>
    /// <param name="slot">The slot's number, from 0.</param>
    /// <param name="model">The model whose worker it is, by any of its names; null for the default one.</param>
    /// <returns>False when there is no such slot.</returns>
    /// <exception cref="BridgeException">There is no such model.</exception>
    bool RestartWorker(int slot, string? model = null);
}
