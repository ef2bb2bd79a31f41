using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain text, größer 水", "plain text, größer 水")]
    [InlineData("a\tb", "a\tb")]
    [InlineData("\u001b[2Jred", "\\x1b[2Jred")]
    [InlineData("a\rfail: forged", "a\\x0dfail: forged")]
    [InlineData("a\nb", "a\\x0ab")]
    [InlineData("a\u0085b\u2028c\u202ed", "a\\x85b\\x2028c\\x202ed")]
    [InlineData("\0", "\\x00")]
    public void Nothing_moves_a_cursor_or_begins_a_line(string text, string expected) => Assert.Equal(expected, PrintableText.Of(text));
}
