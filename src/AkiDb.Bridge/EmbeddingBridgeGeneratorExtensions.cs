using AkiDb.Bridge;
using AkiDb.Bridge.Generation;

namespace Microsoft.Extensions.AI;

/// <summary>The bridge as a generator of Microsoft.Extensions.AI.</summary>
public static class EmbeddingBridgeGeneratorExtensions
{
    /// <summary>
    /// A generator over the bridge, to be put below middleware such as <c>UseOpenTelemetry()</c>; <c>AddAkiDbBridge()</c> registers one already. Its additional
    /// properties: in the options <c>prompt</c>, <c>prompt_name</c>, <c>normalize</c>, <c>truncate</c>, <c>fallback</c>, <c>priority</c>, <c>timeout</c>,
    /// <c>caller</c>, <c>space</c>, as <see cref="EmbeddingRequest"/> has them or as the HTTP API writes them; on the result <c>space</c>, <c>served_by</c>,
    /// <c>truncated</c>, <c>degraded</c>. <c>GetService</c> gives its metadata, the bridge, and the <see cref="EmbeddingSpace"/> of its vectors once that is known.
    /// </summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="model">The model where the options name none, by any of its names; null for the default one. A model that is not served is an error, never another one's vector.</param>
    public static IEmbeddingGenerator<string, Embedding<float>> AsIEmbeddingGenerator(this IEmbeddingBridge bridge, string? model = null)
    {
        ArgumentNullException.ThrowIfNull(bridge);
        return new BridgeEmbeddingGenerator(bridge, bridge as IBridgeAdministration, model);
    }
}
