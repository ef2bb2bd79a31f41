namespace AkiDb.Bridge.Models;

/// <summary>What a model folder says, read once: everything that the way of a request needs. Immutable.</summary>
internal abstract record ModelDescription
{
    /// <summary>The canonical model name, such as <c>sentence-transformers/all-MiniLM-L6-v2</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The hub's commit, where the folder comes from the Hugging Face cache; null otherwise.</summary>
    public string? Revision { get; init; }

    /// <summary>The folder, absolute.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether the model's own vectors have length 1.</summary>
    public required bool Normalize { get; init; }

    /// <summary>The most tokens of one input, special tokens included; longer inputs are cut. <see cref="int.MaxValue"/> where nothing says so.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Named texts to put before an input, such as <c>query</c>.</summary>
    public required IReadOnlyDictionary<string, string> Prompts { get; init; }

    /// <summary>The prompt that the model applies when the caller names none; null for no prompt.</summary>
    public string? DefaultPromptName { get; init; }

    /// <summary>The components of one vector.</summary>
    public abstract int Dimension { get; }

    /// <summary>The values of one row of an engine: its vector's, and perhaps more behind them.</summary>
    public virtual int RowValues => Dimension;

    /// <summary>About how many ids stand for one token.</summary>
    public virtual int IdsPerToken => 1;

    /// <summary>How token vectors become one vector.</summary>
    public abstract string PoolingName { get; }

    /// <summary>The safetensors files, in the order in which they are hashed.</summary>
    public abstract IReadOnlyList<string> WeightFiles { get; }

    /// <summary>The bytes of its files that engines compute with. Whoever has the model loaded disposes of them when no engine is left.</summary>
    public SealedFiles Content { get; init; } = new();

    /// <summary>What its files must hash to; null where nothing says so.</summary>
    public ModelManifest? Manifest { get; init; }

    /// <summary>Compares the weights with the manifest, if there is one.</summary>
    /// <exception cref="BridgeException">They differ.</exception>
    public void CheckWeights(CancellationToken cancellationToken)
    {
        if (Manifest is not null)
        {
            foreach (var file in WeightFiles)
            {
                Manifest.Check(file, Content[file].Digest(cancellationToken));
            }
        }
    }

    /// <summary>Makes copies of its files that nobody can change, once: gigabytes take seconds.</summary>
    /// <returns>Where they are.</returns>
    /// <exception cref="BridgeException">A file was changed since the folder was read, or there is no room for a copy.</exception>
    public virtual SealedPaths Seal(CancellationToken cancellationToken) =>
        new([.. WeightFiles.Select(file => Content[file].Seal(cancellationToken))], Folder);
}
