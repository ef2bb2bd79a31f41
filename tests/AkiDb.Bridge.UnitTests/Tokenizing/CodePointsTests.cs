using System.Buffers;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class CodePointsTests
{
    private const int End = CodePoints.PromptEnd;

    [Theory]
    [InlineData("", "", new[] { End })]
    [InlineData("", "aé東😀", new[] { End, 'a', 'é', '東', 0x1F600 })]
    [InlineData("q: ", "a", new[] { 'q', ':', ' ', End, 'a' })]
    public void Every_code_point_is_an_id_and_the_prompts_end_is_marked(string prompt, string text, int[] ids) => AssertIds(prompt, text, ids);

    [Fact]
    public void No_prompt_and_an_empty_one_are_the_same()
    {
        var written = new ArrayBufferWriter<int>();
        new CodePoints().Encode("a", 2, written, TestContext.Current.CancellationToken);

        Assert.Equal([End, 'a'], written.WrittenSpan.ToArray());
    }

    [Fact]
    public void Pair_on_the_edge_of_a_chunk_stays_one_code_point() =>
        AssertIds("", new string('a', 65535) + "😀b", [End, .. Enumerable.Repeat((int)'a', 65535), 0x1F600, 'b']);

    [Fact]
    public void Unpaired_surrogate_is_the_replacement_character() => AssertIds("", "a\uD800b", [End, 'a', 0xFFFD, 'b']);

    private static void AssertIds(string prompt, string text, int[] ids)
    {
        var written = new ArrayBufferWriter<int>();
        var tokenizer = new CodePoints();
        var count = tokenizer.Encode(tokenizer.Prepare(prompt, 2), text, 2, written, TestContext.Current.CancellationToken);

        Assert.Equal(ids, written.WrittenSpan.ToArray());
        Assert.Equal((ids.Length, false), (count.Kept, count.Truncated));
    }
}
