namespace AkiDb.Bridge;

/// <summary>Everything that can be configured: the <c>Bridge</c> section of the configuration. What is inherited from <see cref="ModelOptions"/> is the default model's.</summary>
public sealed class BridgeOptions : ModelOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Bridge";

    /// <summary>Which engines all models use: <c>python-bridge</c> (default), <c>onnx</c> or <c>mock</c>. Also <c>AKIDB_EMBEDDING_PROVIDER</c>.</summary>
    public EmbeddingProvider Provider { get; set; } = EmbeddingProvider.PythonBridge;

    /// <summary>Further models, beside the default one. Default: none. Only these may change while the host runs: the configuration is followed.</summary>
    public FurtherModelsOptions Models { get; } = new();

    /// <summary>The options of every model: of the further ones, then of the default one.</summary>
    internal IEnumerable<ModelOptions> OfAllModels => Models.Select(entry => entry.Value).Append<ModelOptions>(this);

    /// <summary>What could not be read, as sentences.</summary>
    internal List<string> Mistakes { get; } = [];

    /// <summary>The values of sections that belong to other assemblies, by name.</summary>
    internal List<KeyValuePair<string, object?>> Elsewhere { get; } = [];
}
