using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A test model with its weights in two shards that lie in two folders: workers can serve it, the in-process engine refuses it.</summary>
internal sealed class ScatteredModel : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("akidb-scattered-");

    public ScatteredModel(string model = "tiny-bert-cls")
    {
        Folder = root.CreateSubdirectory(model).FullName;
        var source = TestPaths.Model(model);
        foreach (var file in Directory.EnumerateFiles(source, "*.json", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        SplitWeights(File.ReadAllBytes(Path.Combine(source, "model.safetensors")));
    }

    public string Folder { get; }

    public void Dispose() => root.Delete(recursive: true);

    private void SplitWeights(byte[] weights)
    {
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(weights);
        var tensors = JsonNode.Parse(weights.AsSpan(8, headerLength))!.AsObject().Where(tensor => tensor.Key != "__metadata__").ToList();
        var map = new JsonObject();
        foreach (var (shard, part) in tensors.Chunk((tensors.Count + 1) / 2).Index())
        {
            var name = $"model-{shard}.safetensors";
            var header = new JsonObject();
            using var data = new MemoryStream();
            foreach (var (tensor, entry) in part)
            {
                var (begin, end) = ((int)entry!["data_offsets"]![0]!, (int)entry["data_offsets"]![1]!);
                var moved = entry.DeepClone();
                moved["data_offsets"] = new JsonArray((int)data.Length, (int)data.Length + end - begin);
                header[tensor] = moved;
                data.Write(weights, 8 + headerLength + begin, end - begin);
                map[tensor] = name;
            }

            Write(root.CreateSubdirectory($"disk-{shard}"), name, JsonSerializer.SerializeToUtf8Bytes(header), data.ToArray());
        }

        File.WriteAllText(Path.Combine(Folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    private void Write(DirectoryInfo disk, string name, byte[] header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        var file = Path.Combine(disk.FullName, name);
        File.WriteAllBytes(file, [.. length, .. header, .. data]);
        File.CreateSymbolicLink(Path.Combine(Folder, name), file);
    }
}
