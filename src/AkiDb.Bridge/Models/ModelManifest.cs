using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>The sizes and hashes of the files of a model that came with the program: whether they are still what they were.</summary>
internal sealed class ModelManifest
{
    private readonly string folder;
    private readonly Dictionary<string, string> hashes;

    private ModelManifest(string folder, Dictionary<string, string> hashes) => (this.folder, this.hashes) = (folder, hashes);

    /// <summary>Reads a manifest, and compares every file but the tensors, which are compared when they have been hashed.</summary>
    /// <exception cref="BridgeException">A file differs, or is missing.</exception>
    public static ModelManifest Read(string file, string folder)
    {
        var manifest = JsonFile.ReadObject(file);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var element in manifest.Array("files") ?? throw manifest.Missing("files", "an array of files"))
        {
            var entry = element.ValueKind == JsonValueKind.Object
                ? new JsonMembers(file, "files.", element)
                : throw manifest.Wrong("files", "an array of objects");
            var name = entry.Text("path") ?? throw entry.Missing("path", "a file of the model's folder");
            hashes[RealPath.Of(Path.Combine(folder, name))] = entry.Text("sha256") ?? throw entry.Missing("sha256", "the SHA-256 of the file");
        }

        var result = new ModelManifest(folder, hashes);
        foreach (var path in hashes.Keys.Where(path => !path.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            result.Check(path, RegularFile.Digest(path));
        }

        return result;
    }

    /// <summary>Compares one file.</summary>
    /// <exception cref="BridgeException">It differs, or does not belong to the model.</exception>
    public void Check(string path, ReadOnlySpan<byte> sha256)
    {
        if (hashes.GetValueOrDefault(path) != Convert.ToHexStringLower(sha256))
        {
            throw BadModel.In(
                path,
                $"is not the file that came with the program in '{folder}': it was changed since. Install the program again, or choose another model.");
        }
    }
}
