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
}
