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
    public void Unpaired_surrogate_is_the_replacement_character() => AssertIds("", "a\uD800b", [End, 'a', 0xFFFD, 'b']);

    private static void AssertIds(string prompt, string text, int[] ids)
    {
        var written = new ArrayBufferWriter<int>();
        var count = new CodePoints().Encode(prompt, text, 2, written);

        Assert.Equal(ids, written.WrittenSpan.ToArray());
        Assert.Equal((ids.Length, false), (count.Kept, count.Truncated));
    }
}
