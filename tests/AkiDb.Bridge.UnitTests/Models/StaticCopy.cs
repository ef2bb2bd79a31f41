using System.Text;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>A static model of a test's own: the tokeniser of the test data, and tensors that the test says.</summary>
internal sealed class StaticCopy : IDisposable
{
    public const int Tokens = 5000;
    public const int Dimension = 7;

    private readonly TempFolder folder = new();

    /// <param name="modules">The content of <c>modules.json</c>; null for none.</param>
    public StaticCopy(string? modules)
    {
        File.Copy(Path.Combine(TestPaths.Model("tiny-static"), "0_StaticEmbedding", "tokenizer.json"), folder.At("tokenizer.json"));
        if (modules is not null)
        {
            folder.Write("modules.json", modules);
        }
    }

    /// <summary>The modules that model2vec writes.</summary>
    public static string Modules =>
        """[{"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"}]""";

    public string Folder => folder.Path;

    public StaticModel Read() => StaticFolder.Read(Folder, "test/static");

    public string ReadError() => Assert.Throws<BridgeException>(Read).Message;

    public StaticCopy Write(string file, string text)
    {
        folder.Write(file, text);
        return this;
    }

    /// <summary>Changes a text in <c>tokenizer.json</c>.</summary>
    public StaticCopy Replace(string old, string with)
    {
        var text = File.ReadAllText(folder.At("tokenizer.json"));
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(folder.At("tokenizer.json"), text.Replace(old, with, StringComparison.Ordinal));
        return this;
    }

    /// <summary>Writes the weights.</summary>
    /// <param name="tensors">Each tensor's name, type, shape and bytes.</param>
    public StaticCopy Weights(params (string Name, string Type, long[] Shape, byte[] Bytes)[] tensors)
    {
        var header = new List<string>();
        var data = new List<byte>();
        foreach (var (name, type, shape, bytes) in tensors)
        {
            header.Add($"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{data.Count},{data.Count + bytes.Length}]}}");
            data.AddRange(bytes);
        }

        SafetensorsWriter.Write(folder.At("model.safetensors"), Encoding.UTF8.GetBytes($"{{{string.Join(',', header)}}}"), [.. data]);
        return this;
    }

    public void Dispose() => folder.Dispose();
}
