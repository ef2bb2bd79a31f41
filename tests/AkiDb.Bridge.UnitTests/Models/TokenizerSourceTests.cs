using AkiDb.Bridge.Models;
using AkiDb.Bridge.TestData;
using AkiDb.Bridge.Tokenizing;
using AkiDb.Bridge.UnitTests.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>Folders without <c>tokenizer.json</c>.</summary>
public sealed class TokenizerSourceTests
{
    [Theory]
    [InlineData("tiny-bert-cls")]
    [InlineData("tiny-bert-cased")]
    public void Vocabulary_alone_gives_the_reference_ids(string name)
    {
        using var copy = new ModelCopy(name);

        AssertIds(copy.Delete("tokenizer.json"), name);
    }

    [Theory]
    [InlineData("tiny-roberta", new[] { "vocab.json", "merges.txt" })]
    [InlineData("tiny-distilbert", new[] { "vocab.txt" })]
    [InlineData("tiny-xlm-roberta", new[] { "sentencepiece.bpe.model" })]
    public void Files_of_older_tokenisers_give_the_reference_ids(string name, string[] files)
    {
        var shared = SharedModels.Require(name);
        using var copy = new ModelCopy(name);
        foreach (var file in files)
        {
            Assert.SkipUnless(File.Exists(Path.Combine(shared, file)), $"The model {name} has no {file} there.");
            File.Copy(Path.Combine(shared, file), Path.Combine(copy.Folder, file), overwrite: true);
        }

        AssertIds(copy.Delete("tokenizer.json"), name);
    }

    public static TheoryData<string, string, string?, string> Refused => new()
    {
        { "tokenizer_config.json", "tokenizer_class", "\"MPNetTokenizer\"", "AutoTokenizer" },
        { "tokenizer_config.json", "cls_token", "\"<s>\"", "'cls_token'" },
        { "tokenizer_config.json", "mask_token", "{\"content\": \"<mask>\"}", "'mask_token'" },
        { "tokenizer_config.json", "do_basic_tokenize", "false", "'do_basic_tokenize'" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Settings_that_a_class_does_not_have_are_refused(string file, string member, string? json, string why)
    {
        using var copy = new ModelCopy("tiny-bert-cls");

        Assert.Contains(why, copy.Delete("tokenizer.json").Set(file, member, json).ReadError(), StringComparison.Ordinal);
    }

    [Fact]
    public void Vocabulary_without_the_special_tokens_is_refused()
    {
        using var copy = new ModelCopy("tiny-bert-cls");

        Assert.Contains("has no line '[UNK]'", copy.Delete("tokenizer.json").Write("vocab.txt", "a\nb\n").ReadError(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0x0A, 0x7F, 1 })]
    [InlineData(new byte[] { })]
    public void Damaged_model_of_sentencepiece_is_refused(byte[] content)
    {
        using var copy = new ModelCopy("tiny-xlm-roberta");
        copy.Delete("tokenizer.json");
        File.WriteAllBytes(Path.Combine(copy.Folder, "sentencepiece.bpe.model"), content);

        Assert.Contains("sentencepiece.bpe.model", copy.ReadError(), StringComparison.Ordinal);
    }

    private static void AssertIds(ModelCopy copy, string name)
    {
        var folder = copy.Folder;
        var config = JsonFile.ReadObject(Path.Combine(folder, "config.json"));
        var (file, json) = TokenizerSource.Read(folder, config);
        File.WriteAllBytes(Path.Combine(folder, "made.json"), json);
        var tokenizer = TokenizerFile.Load(Path.Combine(folder, "made.json"), followsConfig: true);

        Assert.True(File.Exists(file));
        Assert.All(ReferenceAnswers.Texts.Zip(ReferenceAnswers.TokenIds(name)), pair => Assert.Equal(pair.Second, tokenizer.Ids(pair.First.Text)));
    }
}
