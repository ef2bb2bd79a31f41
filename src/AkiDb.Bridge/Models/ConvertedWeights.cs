namespace AkiDb.Bridge.Models;

/// <summary>Weights that were a pickle, converted by <c>akidb-bridge models convert</c>: a folder for each, named by the digest of the pickle.</summary>
/// <param name="Folder">The folder.</param>
internal sealed record ConvertedWeights(string Folder)
{
    /// <summary>The file that says what the conversion has written.</summary>
    public string Manifest => Path.Combine(Folder, "converted.json");

    /// <summary>The tensors.</summary>
    public string Tensors => Path.Combine(Folder, "model.safetensors");

    /// <summary>Where a pickle's converted weights are, or would be.</summary>
    /// <param name="root">The folder of all of them.</param>
    /// <param name="digest">The digest of the pickle.</param>
    public static ConvertedWeights Of(string root, string digest) => new(Path.Combine(root, digest));

    /// <summary>The tensors of a pickle that was converted, compared with what the conversion has written; null where it was not converted.</summary>
    /// <exception cref="BridgeException">They were changed since.</exception>
    public static string? Find(string root, IReadOnlyList<string> pickles, SealedFiles content)
    {
        if (!Directory.Exists(root))
        {
            return null;
        }

        var converted = Of(root, PickledWeights.Digest(pickles));
        if (JsonFile.ReadObjectIfPresent(converted.Manifest) is not { } manifest)
        {
            return null;
        }

        return Convert.ToHexStringLower(content[converted.Tensors].Digest(CancellationToken.None)) == manifest.Text("sha256")
            ? converted.Tensors
            : throw BadModel.In(converted.Tensors, $"is not what the conversion has written: it was changed since. Delete '{converted.Folder}' and convert again.");
    }
}
