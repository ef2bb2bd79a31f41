using System.Text.Json.Nodes;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>A model of the test data in a folder of its own, to be changed: configuration copied, large files linked.</summary>
internal sealed class ModelCopy : IDisposable
{
    private static readonly string[] LargeFiles = ["model.safetensors", "tokenizer.json"];

    private readonly TempFolder folder = new();

    public ModelCopy(string model)
    {
        var source = TestPaths.Model(model);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = folder.At(Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (LargeFiles.Contains(Path.GetFileName(file)))
            {
                File.CreateSymbolicLink(target, file);
            }
            else
            {
                File.Copy(file, target);
            }
        }

        // The new layout's weights and tokeniser are those of the old one.
        foreach (var file in LargeFiles.Where(file => !File.Exists(folder.At(file))))
        {
            File.CreateSymbolicLink(folder.At(file), Path.Combine(TestPaths.Model("tiny-qwen3"), file));
        }
    }

    public string Folder => folder.Path;

    public TransformerModel Read() => ModelFolder.Read(Folder, "test/model");

    public string ReadError()
    {
        var error = Assert.Throws<BridgeException>(Read).Error;
        Assert.Equal(BridgeErrorKind.BadModel, error.Kind);
        return error.Message;
    }

    public ModelCopy Write(string file, string text)
    {
        // A large file is a link: what it points to is not ours to change.
        if (File.Exists(folder.At(file)))
        {
            File.Delete(folder.At(file));
        }

        folder.Write(file, text);
        return this;
    }

    public ModelCopy Delete(string path)
    {
        if (Directory.Exists(folder.At(path)))
        {
            Directory.Delete(folder.At(path), recursive: true);
        }
        else
        {
            File.Delete(folder.At(path));
        }

        return this;
    }

    /// <summary>Sets one member, given as <c>a.b.0.c</c>, to a JSON value; null removes it.</summary>
    public ModelCopy Set(string file, string member, string? json)
    {
        var root = JsonNode.Parse(File.ReadAllText(folder.At(file)))!;
        var path = member.Split('.');
        var parent = path[..^1].Aggregate(root, (node, name) => node is JsonArray items ? items[int.Parse(name, null)]! : node[name]!);
        if (json is null)
        {
            parent.AsObject().Remove(path[^1]);
        }
        else if (parent is JsonArray array)
        {
            array[int.Parse(path[^1], null)] = JsonNode.Parse(json);
        }
        else
        {
            parent[path[^1]] = JsonNode.Parse(json);
        }

        return Write(file, root.ToJsonString());
    }

    public void Dispose() => folder.Dispose();
}
