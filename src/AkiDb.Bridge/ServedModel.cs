using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge;

/// <summary>A model as the bridge serves it: what its folder says, its tokeniser, its names, its fingerprint.</summary>
/// <param name="Description">What its folder says.</param>
/// <param name="Name">The names callers may use.</param>
/// <param name="Tokenizer">Its tokeniser.</param>
/// <param name="Fingerprint">The hash over its weights; computed in the background, because large weights take seconds.</param>
internal sealed record ServedModel(ModelDescription Description, ModelName Name, Tokenizer Tokenizer, Task<ModelFingerprint> Fingerprint)
{
    /// <summary>Finds and reads a model.</summary>
    /// <exception cref="BridgeException">It is not found, or its folder is not understood.</exception>
    public static ServedModel Read(string configured, ModelLocator locator, CancellationToken stopping)
    {
        var location = locator.Find(configured);
        var description = ModelFolder.Read(location.Folder, location.Id, location.Revision);
        return new ServedModel(
            description,
            new ModelName(description.Id, configured),
            TokenizerFile.Load(description.TokenizerFile),
            Task.Run(() => ModelFingerprints.ComputeAsync(description, stopping), stopping));
    }
}
