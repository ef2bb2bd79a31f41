using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Finds the safetensors files of a model folder: one file, or the shards that an index lists.</summary>
internal static class WeightFiles
{
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private const string Mixed = "index and shards belong to different models. Download the model again.";

    /// <summary>The real files, in ordinal order of their names in the folder, and every tensor in them.</summary>
    public static (IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors) Read(string folder)
    {
        var single = Path.Combine(folder, Single);
        if (File.Exists(single))
        {
            var real = RealPath.Of(single);
            return ([real], SafetensorsHeader.Read(real));
        }

        return File.Exists(Path.Combine(folder, Index)) ? ReadShards(folder) : throw NoWeights(folder);
    }

    private static (IReadOnlyList<string> Files, IReadOnlyDictionary<string, TensorEntry> Tensors) ReadShards(string folder)
    {
        var index = JsonFile.ReadObject(Path.Combine(folder, Index));
        var map = index.Object("weight_map") ?? throw index.Missing("weight_map", "an object from tensor to file");
        var shardOf = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in map.Element.EnumerateObject())
        {
            shardOf.Add(member.Name, ShardName(map, member));
        }

        var files = new List<string>();
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var shard in shardOf.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard);
            var real = File.Exists(path)
                ? RealPath.Of(path)
                : throw BadModel.In(index.File, $"lists '{shard}', which the folder lacks. Download the model again, with all its files.");
            files.Add(real);
            foreach (var (name, tensor) in SafetensorsHeader.Read(real))
            {
                if (shardOf.GetValueOrDefault(name) != shard)
                {
                    throw BadModel.In(index.File, $"does not say that '{name}' is in '{shard}', where it is: {Mixed}");
                }

                tensors.Add(name, tensor);
            }
        }

        var lost = shardOf.Keys.FirstOrDefault(name => !tensors.ContainsKey(name));
        return lost is null
            ? (files, tensors)
            : throw BadModel.In(index.File, $"says that '{lost}' is in '{shardOf[lost]}', but it is not: {Mixed}");
    }

    private static string ShardName(JsonMembers map, JsonProperty member)
    {
        var name = map.Text(member.Name) ?? "";
        return name == Path.GetFileName(name) && name.EndsWith(".safetensors", StringComparison.Ordinal) && name.IndexOfAny(['\\', '\0']) < 0
            ? name
            : throw map.Wrong(member.Name, "the name of a .safetensors file in the same folder");
    }

    private static BridgeException NoWeights(string folder)
    {
        var pickle = Directory.EnumerateFiles(folder, "*.bin").Concat(Directory.EnumerateFiles(folder, "*.pt"))
            .Concat(Directory.EnumerateFiles(folder, "*.pth")).Concat(Directory.EnumerateFiles(folder, "*.ckpt"))
            .Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault();
        return BadModel.In(folder, pickle is null
            ? $"has no weights; accepted is {Single}, or shards with {Index}."
            : $"its weights are a pickle ('{pickle}'), which can run any code when it is opened; accepted is {Single} only. "
                + "Convert it with safetensors, or take a revision of the model that has it.");
    }
}
