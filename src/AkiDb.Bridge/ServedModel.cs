using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge;

/// <summary>A model as the bridge serves it: what its folder says, its tokeniser, its names, its fingerprint.</summary>
/// <param name="Description">What its folder says.</param>
/// <param name="Name">The names callers may use.</param>
/// <param name="Tokenizer">Its tokeniser, or what stands in for one that only the worker has.</param>
/// <param name="Fingerprint">The hash over its weights; computed in the background, because large weights take seconds.</param>
internal sealed record ServedModel(ModelDescription Description, ModelName Name, Tokenizer Tokenizer, Task<ModelFingerprint> Fingerprint)
{
    /// <summary>Why the library computes it although nobody said so; null for every other model.</summary>
    public string? WhyLibrary { get; private init; }

    /// <summary>Finds and reads a model.</summary>
    /// <param name="configured">What the configuration calls it.</param>
    /// <param name="encoder">What may compute it; <see cref="WorkerEncoder.Torch"/> where there are no workers.</param>
    /// <param name="locator">Finds it.</param>
    /// <param name="stopping">The host stops.</param>
    /// <exception cref="BridgeException">It is not found, or its folder is not understood.</exception>
    public static ServedModel Read(string configured, WorkerEncoder encoder, ModelLocator locator, CancellationToken stopping)
    {
        var location = locator.Find(configured);
        if (encoder == WorkerEncoder.SentenceTransformers)
        {
            return Create(configured, LibraryFolder.Read(location.Folder, location.Id, location.Revision), new CodePoints(), stopping);
        }

        try
        {
            var description = ModelFolder.Read(location.Folder, location.Id, location.Revision);
            return Create(configured, description, TokenizerFile.Load(description.TokenizerFile), stopping);
        }
        catch (BridgeException error) when (encoder == WorkerEncoder.Auto && error.IsForeignModel)
        {
            return ReadForLibrary(configured, location, error, stopping);
        }
    }

    private static ServedModel ReadForLibrary(string configured, ModelLocation location, BridgeException because, CancellationToken stopping)
    {
        try
        {
            var description = LibraryFolder.Read(location.Folder, location.Id, location.Revision);
            return Create(configured, description, new CodePoints(), stopping) with { WhyLibrary = because.Message };
        }
        catch (BridgeException error)
        {
            throw new BridgeException(BridgeErrorKind.BadModel, $"{because.Message} Nor can the sentence-transformers library take it: {error.Message}", error);
        }
    }

    private static ServedModel Create(string configured, ModelDescription description, Tokenizer tokenizer, CancellationToken stopping) => new(
        description,
        new ModelName(description.Id, configured),
        tokenizer,
        Task.Run(() => ModelFingerprints.ComputeAsync(description, stopping), stopping));
}
