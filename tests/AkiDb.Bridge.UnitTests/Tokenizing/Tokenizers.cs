using System.Buffers;
using System.Text.Json.Nodes;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>The tokenisers that the tests use, and the short way to ask one.</summary>
internal static class Tokenizers
{
    public static string PathOf(string model) => Path.Combine(TestPaths.Model(model), "tokenizer.json");

    public static Tokenizer Load(string model) => TokenizerFile.Load(PathOf(model));

    public static int[] Ids(this Tokenizer tokenizer, string text, int maxTokens = int.MaxValue)
    {
        var ids = new ArrayBufferWriter<int>();
        var count = tokenizer.Encode(text, maxTokens, ids, TestContext.Current.CancellationToken);
        Assert.Equal(ids.WrittenCount, count.Kept);
        return ids.WrittenSpan.ToArray();
    }

    /// <summary>Loads a model's tokeniser after a change to its file.</summary>
    public static Tokenizer LoadChanged(string model, Action<JsonNode> change)
    {
        var tree = JsonNode.Parse(File.ReadAllText(PathOf(model)))!;
        change(tree);
        return LoadText(tree.ToJsonString());
    }

    /// <summary>Loads a tokeniser from the text of a file.</summary>
    public static Tokenizer LoadText(string json)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.tokenizer.json");
        try
        {
            File.WriteAllText(path, json);
            return TokenizerFile.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
