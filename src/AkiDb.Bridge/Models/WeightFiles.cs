namespace AkiDb.Bridge.Models;

/// <summary>Finds the safetensors files of a model folder: one file, or the shards that an index lists.</summary>
internal static class WeightFiles
{
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private const string Mixed = "index and shards belong to different models. Download the model again.";

    /// <summary>Whether a folder has weights that need no conversion.</summary>
    public static bool HasTensors(string folder) => File.Exists(Path.Combine(folder, Single)) || File.Exists(Path.Combine(folder, Index));

    /// <summary>The real files, in ordinal order of their names in the folder, and every tensor in them.</summary>
    public static (IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors) Read(string folder, SealedFiles content)
    {
        var single = Path.Combine(folder, Single);
        return File.Exists(single) ? ReadSingle(RealPath.Of(single), content)
            : File.Exists(Path.Combine(folder, Index)) ? ReadShards(folder, content)
            : ReadConverted(folder, content);
    }

    private static (IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors) ReadSingle(string file, SealedFiles content) =>
        ([file], SafetensorsHeader.Read(content[file]));

    private static (IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors) ReadConverted(string folder, SealedFiles content)
    {
        if (PickledWeights.FilesIn(folder) is not { } pickles)
        {
            throw NoWeights(folder);
        }

        if (content.Converted is { } root && ConvertedWeights.Find(root, pickles, content) is { } tensors)
        {
            content.Substitute(folder, tensors);
            return ReadSingle(tensors, content);
        }

        throw BadModel.In(
            folder,
            $"its weights are a pickle ('{PickledWeights.NameIn(folder)}'), which can run any code when it is opened, and is not. Convert it once with: "
            + $"akidb-bridge models convert {ForShell(content.ModelFolder.Length > 0 ? content.ModelFolder : folder)}");
    }

    private static (IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors) ReadShards(string folder, SealedFiles content)
    {
        var file = Path.Combine(folder, Index);
        var (_, shardOf, shards) = ShardIndex.Read(file, ".safetensors");
        var files = new List<string>();
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var shard in shards)
        {
            var path = Path.Combine(folder, shard);
            var real = File.Exists(path)
                ? RealPath.Of(path)
                : throw BadModel.In(file, $"lists '{shard}', which the folder lacks. Download the model again, with all its files.");
            files.Add(real);
            foreach (var (name, tensor) in SafetensorsHeader.Read(content[real]))
            {
                if (shardOf.GetValueOrDefault(name) != shard)
                {
                    throw BadModel.In(file, $"does not say that '{name}' is in '{shard}', where it is: {Mixed}");
                }

                tensors.Add(name, tensor);
            }
        }

        var lost = shardOf.Keys.FirstOrDefault(name => !tensors.ContainsKey(name));
        return lost is null
            ? (files, tensors)
            : throw BadModel.In(file, $"says that '{lost}' is in '{shardOf[lost]}', but it is not: {Mixed}");
    }

    // A folder's name may hold what a shell would read in its own way.
    private static string ForShell(string folder) =>
        folder.All(letter => char.IsAsciiLetterOrDigit(letter) || "/\\:._-".Contains(letter, StringComparison.Ordinal)) ? folder : $"'{folder.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static BridgeException NoWeights(string folder)
    {
        var pickle = Directory.EnumerateFiles(folder, "*.bin").Concat(Directory.EnumerateFiles(folder, "*.pt"))
            .Concat(Directory.EnumerateFiles(folder, "*.pth")).Concat(Directory.EnumerateFiles(folder, "*.ckpt"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault();
        return BadModel.In(folder, pickle is null
            ? $"has no weights; accepted is {Single}, or shards with {Index}."
            : $"its weights are a pickle ('{pickle}') of a kind that is not understood; accepted is {Single}, or pytorch_model.bin to be converted. "
                + "Take a revision of the model that has one of them.");
    }
}
