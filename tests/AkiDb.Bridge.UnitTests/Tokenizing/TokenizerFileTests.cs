using System.Text.Json.Nodes;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class TokenizerFileTests
{
    [Theory]
    [InlineData("tiny-bert-cls", "normalizer/type", "StripAccents")]
    [InlineData("tiny-bert-cls", "normalizer/surprise", "here")]
    [InlineData("tiny-bert-cls", "pre_tokenizer/type", "Whitespace")]
    [InlineData("tiny-bert-cls", "post_processor/type", "PairProcessing")]
    [InlineData("tiny-bert-cls", "post_processor/single/1/Sequence/id", "B")]
    [InlineData("tiny-bert-cls", "model/type", "WordLevel")]
    [InlineData("tiny-bert-cls", "model/unk_token", "[NONE]")]
    [InlineData("tiny-bert-cls", "model/continuing_subword_prefix", "@@")]
    [InlineData("tiny-bert-cls", "added_tokens/0/id", "zero")]
    [InlineData("tiny-bert-cls", "version", "2.0")]
    [InlineData("tiny-bert-cls", "surprise", "here")]
    [InlineData("tiny-qwen3", "normalizer/type", "NFKD")]
    [InlineData("tiny-qwen3", "pre_tokenizer/pretokenizers/0/pattern/Regex", "\\s+")]
    [InlineData("tiny-qwen3", "pre_tokenizer/pretokenizers/0/behavior", "Removed")]
    [InlineData("tiny-qwen3", "model/end_of_word_suffix", "</w>")]
    public void Value_that_is_not_understood_is_refused_by_name(string model, string path, string value)
    {
        var exception = Assert.Throws<BridgeException>(() => Tokenizers.LoadChanged(model, file => Set(file, path, value)));

        Assert.Equal(BridgeErrorKind.BadModel, exception.Error.Kind);
        Assert.Contains("tokenizer.json", exception.Message, StringComparison.Ordinal);
        Assert.Contains(path.Split('/')[^1], exception.Message, StringComparison.Ordinal);
        Assert.Contains(value, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"model":{"vocab":[]}}""")]
    [InlineData("""{"model":{"vocab":{"a":-1}}}""")]
    [InlineData("""{"model":{"vocab":{"a":1.5}}}""")]
    [InlineData("""{"model":{"vocab":{"a":1""")]
    [InlineData("""{"model":{"vocab":{"a" 1}}}""")]
    [InlineData("""{"model":{"vocab":{"\ud800":1}}}""")]
    [InlineData("""{"model":{"merges":[1]}}""")]
    [InlineData("""{"model":{"merges":[["a"]]}}""")]
    [InlineData("""{"model":{"merges":["a b",["a","b"]]}}""")]
    [InlineData("""{"model":{"merges":["a b\q"]}}""")]
    public void Damaged_file_is_refused(string json)
    {
        var exception = Assert.Throws<BridgeException>(() => Tokenizers.LoadText(json));

        Assert.Equal(BridgeErrorKind.BadModel, exception.Error.Kind);
    }

    [Fact]
    public void Missing_file_is_refused_by_name()
    {
        var exception = Assert.Throws<BridgeException>(() => TokenizerFile.Load("/nowhere/tokenizer.json"));

        Assert.Contains("/nowhere/tokenizer.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_as_strings_and_as_pairs_are_the_same()
    {
        var pairs = Tokenizers.Load("tiny-qwen3");
        var strings = Tokenizers.LoadChanged("tiny-qwen3", file => file["model"]!["merges"] = new JsonArray(
            [.. file["model"]!["merges"]!.AsArray().Select(merge => JsonValue.Create($"{merge![0]} {merge[1]}"))]));

        Assert.Equal(pairs.Ids("The quick brown fox, décidément 東京!"), strings.Ids("The quick brown fox, décidément 東京!"));
    }

    [Fact]
    public void Merge_of_unknown_tokens_is_refused()
    {
        Assert.Throws<BridgeException>(() => Tokenizers.LoadChanged(
            "tiny-qwen3", file => file["model"]!["merges"]!.AsArray().Add(JsonNode.Parse("""["zq","qz"]"""))));
    }

    [Fact]
    public void Bert_processing_is_the_older_way_to_write_the_template()
    {
        var tokenizer = Tokenizers.LoadChanged("tiny-bert-cls", file => file["post_processor"] = JsonNode.Parse(
            """{"type":"BertProcessing","sep":["[SEP]",102],"cls":["[CLS]",101]}"""));

        Assert.Equal(Tokenizers.Load("tiny-bert-cls").Ids("text"), tokenizer.Ids("text"));
    }

    [Theory]
    [InlineData("[\"model\", \"added_tokens\"]")]
    public void Order_of_the_sections_does_not_matter(string first)
    {
        string[] names = JsonNode.Parse(first)!.AsArray().Select(name => name!.GetValue<string>()).ToArray();
        var file = JsonNode.Parse(File.ReadAllText(Tokenizers.PathOf("tiny-bert-cls")))!.AsObject();
        var reordered = new JsonObject();
        foreach (string name in names.Concat(file.Select(member => member.Key).Except(names)).ToArray())
        {
            reordered[name] = file[name]?.DeepClone();
        }

        Assert.Equal(Tokenizers.Load("tiny-bert-cls").Ids("text"), Tokenizers.LoadText(reordered.ToJsonString()).Ids("text"));
    }

    private static void Set(JsonNode file, string path, string value)
    {
        string[] steps = path.Split('/');
        var node = steps[..^1].Aggregate(file, (at, step) => (int.TryParse(step, out var index) ? at[index] : at[step])!);
        node[steps[^1]] = value;
    }
}
