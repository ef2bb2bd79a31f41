using System.Buffers;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

/// <summary>A text is read in chunks and only as far as its ids are kept; a prompt is tokenised once. Nobody may be able to tell.</summary>
public sealed class CutTests
{
    private const int Megabyte = 1 << 20;
    private const int MaxTokens = 256;

    public static TheoryData<string, string> Cases { get; } = new MatrixTheoryData<string, string>(
        [
            "all-MiniLM-L6-v2", "tiny-bert-cased", "tiny-bert-unigram", "tiny-gemma3", "tiny-modernbert", "tiny-mpnet", "tiny-qwen3", "tiny-roberta", "tiny-xlm-roberta",
        ],
        ["", "lstrip", "rstrip", "single_word", "normalized", "normalized lstrip single_word"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Prompt_tokenised_once_and_a_text_give_the_ids_of_the_text_they_make(string model, string flags)
    {
        var tokenizer = Load(model, flags);
        var random = new Random(model.Length + flags.Length);
        for (var i = 0; i < 1_000; i++)
        {
            var prompt = TokenSoup.Next(random, random.Next(1, 10));
            var text = TokenSoup.Next(random, random.Next(0, 4));
            var limit = random.Next(2) == 0 ? int.MaxValue : random.Next(2, 20);
            var prepared = tokenizer.Prepare(prompt, limit, TestContext.Current.CancellationToken);

            var expected = Encode(tokenizer, PreparedPrompt.None, prompt + text, limit);
            var joined = Encode(tokenizer, prepared, text, limit);
            Assert.Equal(expected.Ids, joined.Ids);
            Assert.Equal(expected.Truncated, joined.Truncated);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Text_read_in_chunks_gives_the_ids_of_the_whole_text(string model, string flags)
    {
        var tokenizer = Load(model, flags);
        var random = new Random(model.Length + flags.Length);
        for (var i = 0; i < 8; i++)
        {
            var text = TokenSoup.Next(random, 3_000);

            // With so much room, the whole text is one chunk.
            var whole = tokenizer.Ids(text, Megabyte);
            var limit = random.Next(2, 400);
            var cut = Encode(tokenizer, PreparedPrompt.None, text, limit);

            Assert.True(cut.Truncated);
            Assert.Equal([.. whole[..(limit - 1)], whole[^1]], cut.Ids);
        }
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2", "lorem ipsum ")]
    [InlineData("all-MiniLM-L6-v2", "東京都")]
    [InlineData("all-MiniLM-L6-v2", "!")]
    [InlineData("all-MiniLM-L6-v2", "e\u0301\u0323 ")]
    [InlineData("all-MiniLM-L6-v2", "[SEP]")]
    [InlineData("tiny-bert-cased", "Lorem, ipsum\n")]
    [InlineData("tiny-qwen3", "lorem ipsum ")]
    [InlineData("tiny-qwen3", "東京都，")]
    [InlineData("tiny-qwen3", "1")]
    [InlineData("tiny-qwen3", "e\u0301\u0323 ")]
    [InlineData("tiny-qwen3", "a<|im_end|>")]
    [InlineData("tiny-xlm-roberta", "lorem ipsum ")]
    [InlineData("tiny-gemma3", "lorem ipsum ")]
    [InlineData("tiny-modernbert", "lorem ipsum ")]
    [InlineData("tiny-roberta", "東京都，")]
    [InlineData("tiny-roberta", "lorem ipsum")]
    public void A_megabyte_is_read_no_further_than_its_ids_are_kept(string model, string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, Megabyte / unit.Length)) + "[SEP]<|endoftext|>";
        var (ids, truncated, charsRead) = Encode(Tokenizers.Load(model), PreparedPrompt.None, text, MaxTokens);

        Assert.True(truncated);
        Assert.Equal(MaxTokens, ids.Length);
        Assert.InRange(charsRead, MaxTokens / 2, 32 * MaxTokens);
    }

    [Theory]
    [InlineData("all-MiniLM-L6-v2", 'a')]
    [InlineData("all-MiniLM-L6-v2", '\u0301')]
    [InlineData("all-MiniLM-L6-v2", '\u0E40')]
    [InlineData("tiny-qwen3", '\u0301')]
    [InlineData("tiny-qwen3", '\n')]
    [InlineData("tiny-xlm-roberta", '\u6771')]
    [InlineData("tiny-gemma3", 'q')]
    public void A_megabyte_that_cannot_be_cut_is_read_to_its_end_and_what_follows_counts(string model, char letter)
    {
        var tokenizer = Tokenizers.Load(model);
        var word = new string(letter, Megabyte);
        var few = tokenizer.Ids(word + " the end", 3 * Megabyte);

        Assert.Equal(tokenizer.Ids(letter + " the end", 100)[^3..], few[^3..]);
    }

    [Fact]
    public void Prompt_that_is_too_long_leaves_every_text_unread()
    {
        var tokenizer = Tokenizers.Load("all-MiniLM-L6-v2");
        var prompt = string.Concat(Enumerable.Repeat("lorem ipsum ", 5_000));
        var prepared = tokenizer.Prepare(prompt, MaxTokens, TestContext.Current.CancellationToken);
        var (ids, truncated, charsRead) = Encode(tokenizer, prepared, "a text", MaxTokens);

        Assert.InRange(prepared.Ids.Length, 1, MaxTokens);
        Assert.Equal(tokenizer.Ids(prompt + "a text", MaxTokens), ids);
        Assert.True(truncated);
        Assert.Equal(0, charsRead);
    }

    [Theory]
    [InlineData("tiny-qwen3")]
    [InlineData("all-MiniLM-L6-v2")]
    public void Cancellation_ends_a_long_text_in_the_middle(string model)
    {
        using var caller = new CancellationTokenSource();
        var text = string.Concat(Enumerable.Repeat("lorem ipsum ", Megabyte / 12));
        var ids = new LeavingCaller(caller);

        Assert.ThrowsAny<OperationCanceledException>(() => Tokenizers.Load(model).Encode(text, int.MaxValue, ids, caller.Token));
        Assert.InRange(ids.Count, 1, Megabyte / 12);
    }

    private static Tokenizer Load(string model, string flags) =>
        flags.Length == 0 ? Tokenizers.Load(model) : TokenSoup.WithAddedTokens(model, flags.Split(' '));

    private static Encoded Encode(Tokenizer tokenizer, PreparedPrompt prompt, string text, int limit)
    {
        var ids = new ArrayBufferWriter<int>();
        var count = tokenizer.Encode(prompt, text, limit, ids, TestContext.Current.CancellationToken);
        Assert.Equal(ids.WrittenCount, count.Kept);
        return new Encoded(ids.WrittenSpan.ToArray(), count.Truncated, count.CharsRead);
    }

    private sealed record Encoded(int[] Ids, bool Truncated, int CharsRead);

    /// <summary>A caller who leaves when the first ids come.</summary>
    private sealed class LeavingCaller(CancellationTokenSource caller) : IBufferWriter<int>
    {
        private readonly int[] ids = new int[64];

        public int Count { get; private set; }

        public void Advance(int count)
        {
            Count += count;
            if (Count > 0)
            {
                caller.Cancel();
            }
        }

        public Memory<int> GetMemory(int sizeHint = 0) => throw new NotSupportedException();

        public Span<int> GetSpan(int sizeHint = 0) => ids;
    }
}
