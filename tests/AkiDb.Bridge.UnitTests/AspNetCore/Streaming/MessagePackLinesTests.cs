using AkiDb.Bridge.AspNetCore.Streaming;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Streaming;

public sealed class MessagePackLinesTests
{
    // 0xC1 is never used; 0xA1 begins a string of one byte.
    [Fact]
    public void Stream_ends_with_damage_for_what_follows_could_be_taken_for_texts()
    {
        var lines = new MessagePackLines();
        Assert.Equal(2, lines.TryRead([0xA1, (byte)'a'], false, 1, out var first));
        Assert.Equal(("a", false), (first.Text, lines.IsBroken));

        Assert.Equal(1, lines.TryRead([0xC1], false, 2, out var second));

        Assert.NotNull(second.Error);
        Assert.True(lines.IsBroken);
    }

    // 0xFF is in no UTF-8, and 0xED 0xA0 0x80 is half of a surrogate pair.
    [Theory]
    [InlineData(new byte[] { 0xA2, (byte)'a', 0xFF })]
    [InlineData(new byte[] { 0xA3, 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0x81, 0xA4, (byte)'t', (byte)'e', (byte)'x', (byte)'t', 0xA1, 0xFF })]
    public void Text_that_is_not_UTF_8_is_an_error_and_never_another_text(byte[] message)
    {
        var line = Read(message);

        Assert.Null(line.Text);
        Assert.Equal(BridgeErrorKind.BadInput, line.Error!.Kind);
        Assert.Contains("UTF-8", line.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Message_that_is_nested_as_deep_as_it_is_long_is_an_error_of_its_own() =>
        Assert.NotNull(Read([0x81, 0xA1, (byte)'x', .. Enumerable.Repeat((byte)0x91, 2_000_000), 0xC0]).Error);

    [Theory]
    [InlineData(new byte[] { 0x82, 0xA2, (byte)'i', (byte)'d', 0x01, 0xA2, (byte)'i', (byte)'d', 0x02 }, "'id' appears twice")]
    [InlineData(
        new byte[] { 0x82, 0xA4, (byte)'t', (byte)'e', (byte)'x', (byte)'t', 0xA1, (byte)'a', 0xA4, (byte)'t', (byte)'e', (byte)'x', (byte)'t', 0xA1, (byte)'b' }, "'text' appears twice")]
    [InlineData(new byte[] { 0x81, 0x01, 0xA1, (byte)'a' }, "names")]
    public void Message_that_could_mean_two_things_is_an_error(byte[] message, string sentence) =>
        Assert.Contains(sentence, Read(message).Error!.Message, StringComparison.Ordinal);

    private static StreamLine Read(byte[] message)
    {
        Assert.Equal(message.Length, new MessagePackLines().TryRead(message, isEnd: true, 1, out var line));
        return line;
    }
}
