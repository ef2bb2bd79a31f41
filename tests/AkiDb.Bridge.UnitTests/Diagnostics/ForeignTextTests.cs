using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.UnitTests.Diagnostics;

public sealed class ForeignTextTests
{
    [Theory]
    [InlineData("", "''")]
    [InlineData("tiny-qwen3", "'tiny-qwen3'")]
    [InlineData("größe 漢字 🙂", "'größe 漢字 🙂'")]
    [InlineData("a\u001b[31mb\r\nc", "'a\\u001b[31mb\\u000d\\u000ac'")]
    [InlineData("a\u202eb\u2028c", "'a\\u202eb\\u2028c'")]
    public void Name_is_quoted_on_one_line(string name, string quoted) => Assert.Equal(quoted, ForeignText.Quote(name));

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() => Assert.Equal("'half \ufffd'", ForeignText.Quote("half \ud83d"));

    [Theory]
    [InlineData("x")]
    [InlineData("\u001b")]
    [InlineData("漢")]
    [InlineData("🙂")]
    [InlineData("\ud83d")]
    public void Long_name_is_cut_whatever_it_holds(string piece) =>
        Assert.InRange(ForeignText.Quote(string.Concat(Enumerable.Repeat(piece, 1_000_000))).Length, 78, 85);
}
