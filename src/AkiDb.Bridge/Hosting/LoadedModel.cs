using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Hosting;

/// <summary>A model whose folder has been read: what the folder says, its tokeniser, its names, its fingerprint.</summary>
/// <param name="Description">What its folder says.</param>
/// <param name="Name">The names callers may use.</param>
/// <param name="Tokenizer">Its tokeniser, or what stands in for one that only the worker has.</param>
/// <param name="Fingerprint">The hash over its weights; computed in the background, because large weights take seconds.</param>
internal sealed record LoadedModel(ModelDescription Description, ModelName Name, Tokenizer Tokenizer, Task<ModelFingerprint> Fingerprint)
{
    /// <summary>Why the library computes it although the configuration does not say so; null for every other model.</summary>
    public string? WhyLibrary { get; private init; }

    /// <summary>Finds and reads a model.</summary>
    /// <param name="configured">What the configuration calls it.</param>
    /// <param name="encoder">What may compute it; <see cref="WorkerEncoder.Torch"/> where there are no workers.</param>
    /// <param name="locator">Finds it.</param>
    /// <param name="lifetime">Ends the hashing of its weights.</param>
    /// <exception cref="BridgeException">It is not found, or its folder is not understood.</exception>
    public static LoadedModel Read(string configured, WorkerEncoder encoder, ModelLocator locator, CancellationToken lifetime)
    {
        var location = locator.Find(configured);
        if (encoder == WorkerEncoder.SentenceTransformers)
        {
            return ReadByLibrary(configured, LibraryFolder.Read(location), lifetime);
        }

        try
        {
            return ReadTokenized(configured, StaticFolder.IsStatic(location.Folder) ? StaticFolder.Read(location) : ModelFolder.Read(location), lifetime);
        }
        catch (BridgeException error) when (encoder == WorkerEncoder.Auto && error.IsForeignModel)
        {
            return ReadForLibrary(configured, location, error, lifetime);
        }
    }

    /// <summary>The space of its vectors when a request asks for nothing special, computed as precisely as engines can.</summary>
    /// <exception cref="BridgeException">The weights are not what they should be.</exception>
    public async Task<EmbeddingSpace> SpaceAsync()
    {
        var fingerprint = await Fingerprint.ConfigureAwait(false);
        return new EmbeddingSpace
        {
            Model = Description.Id,
            Revision = Description.Revision,
            Weights = fingerprint.Value,
            Pooling = Description.PoolingName,
            PoolsPrompt = Description is not TransformerModel { PoolsPrompt: false },
            Prompt = "",
            Dimensions = Description.Dimension,
            Normalized = Description.Normalize,
            Precision = "float32",
            Library = Description is LibraryModel ? LibraryModel.Library : null,
        };
    }

    private static LoadedModel ReadForLibrary(string configured, ModelLocation location, BridgeException because, CancellationToken lifetime)
    {
        try
        {
            return ReadByLibrary(configured, LibraryFolder.Read(location), lifetime) with { WhyLibrary = because.Message };
        }
        catch (BridgeException error)
        {
            throw new BridgeException(BridgeErrorKind.BadModel, $"{because.Message} Nor can the sentence-transformers library take it: {error.Message}", error);
        }
    }

    private static LoadedModel ReadByLibrary(string configured, LibraryModel description, CancellationToken lifetime) =>
        new(description, new ModelName(description.Id, configured), new CodePoints(), HashAsync(description, lifetime));

    // The weights take longest, and are hashed while the tokeniser is made.
    private static LoadedModel ReadTokenized(string configured, TokenizedModel description, CancellationToken lifetime)
    {
        var given = description with { TokenizerJson = default };
        var abandoned = CancellationTokenSource.CreateLinkedTokenSource(lifetime);
        var fingerprint = HashAsync(given, abandoned.Token);
        try
        {
            // The tokeniser's settings are read only here: they must be those of the folder that the weights came from.
            var tokenizer = TokenizerFile.Load(description);
            return given.Content.Witness?.IsUnchanged() == false
                ? throw FolderReading.Changed(given.Folder)
                : new LoadedModel(given, new ModelName(given.Id, configured), tokenizer, WithChangesAsync(fingerprint, tokenizer.Changes));
        }
        catch
        {
            abandoned.Cancel();
            Task.WaitAny([fingerprint], CancellationToken.None);
            given.Content.Dispose();
            throw;
        }
        finally
        {
            _ = fingerprint.ContinueWith(_ => abandoned.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static async Task<ModelFingerprint> WithChangesAsync(Task<ModelFingerprint> fingerprint, string tokenizerChanges) =>
        ModelFingerprints.WithChanges(await fingerprint.ConfigureAwait(false), tokenizerChanges);

    private static Task<ModelFingerprint> HashAsync(ModelDescription description, CancellationToken cancellationToken) =>
        Task.Run(() => ModelFingerprints.ComputeAsync(description, cancellationToken), cancellationToken);
}
