using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class HostileTextTests
{
    private const int Megabyte = 1 << 20;

    private static readonly Tokenizer MiniLM = Tokenizers.Load("all-MiniLM-L6-v2");
    private static readonly Tokenizer Cased = Tokenizers.Load("tiny-bert-cased");
    private static readonly Tokenizer Qwen = Tokenizers.Load("tiny-qwen3");

    [Theory]
    [InlineData("a\uD83Db")]
    [InlineData("a\uDE00b")]
    [InlineData("\uDE00\uD83D")]
    [InlineData("ab\uD800")]
    [InlineData("\uD800\uD800\uDC00")]
    public void Unpaired_surrogates_count_as_the_replacement_character(string text)
    {
        var replaced = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Contains('\uFFFD', replaced);
        Assert.All(new[] { MiniLM, Cased, Qwen }, tokenizer => Assert.Equal(tokenizer.Ids(replaced), tokenizer.Ids(text)));
    }

    [Fact]
    public void Nul_vanishes_for_bert_and_is_a_byte_for_qwen()
    {
        Assert.Equal(MiniLM.Ids("ab"), MiniLM.Ids("a\0b"));
        Assert.Equal(4, Qwen.Ids("a\0b").Length);
    }

    [Fact]
    public void A_megabyte_of_one_letter_is_one_unknown_word_for_bert()
    {
        Assert.Equal([101, 100, 102], MiniLM.Ids(new string('a', Megabyte)));
    }

    [Fact]
    public void Content_of_a_megabyte_in_one_qwen_word_is_merged_as_in_a_short_word()
    {
        // Qwen's vocabulary has no run of q's: long or short, they merge in pairs from the left.
        var few = Qwen.Ids(new string('q', 90));
        var many = Qwen.Ids(new string('q', Megabyte));

        Assert.Equal(few.Distinct(), many.Distinct());
        Assert.Equal(90.0 / (few.Length - 1), (double)Megabyte / (many.Length - 1), 0.1);
    }

    [Theory]
    [InlineData('\u0301')]
    [InlineData('\u0323')]
    [InlineData('\u302E')]
    public void A_letter_with_a_hundred_thousand_marks_is_encoded(char mark)
    {
        var text = "e" + new string(mark, 50_000) + string.Concat(Enumerable.Repeat("\u0302\u0323\u302F", 50_000 / 3)) + "x";

        Assert.All(new[] { MiniLM, Cased, Qwen }, tokenizer => Assert.NotEmpty(tokenizer.Ids(text)));
    }

    [Theory]
    [InlineData("<")]
    [InlineData("<|endoftext|")]
    [InlineData("[CLS")]
    [InlineData("[")]
    [InlineData(" ")]
    [InlineData("\n ")]
    [InlineData("'")]
    [InlineData("\uAC00")]
    [InlineData("\uD83D\uDE00")]
    [InlineData("\uD83D")]
    [InlineData("\u09C7\u09BE")]
    public void Megabytes_of_what_looks_special_are_encoded(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, Megabyte / unit.Length));

        Assert.All(new[] { MiniLM, Cased, Qwen }, tokenizer => Assert.NotEmpty(tokenizer.Ids(text)));
    }

    [Fact]
    public void Empty_text_is_only_the_template()
    {
        Assert.Equal([101, 102], MiniLM.Ids(string.Empty));
        Assert.Equal([8000], Qwen.Ids(string.Empty));
    }
}
