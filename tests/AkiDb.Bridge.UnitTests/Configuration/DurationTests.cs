using AkiDb.Bridge.Configuration;

namespace AkiDb.Bridge.UnitTests.Configuration;

public sealed class DurationTests
{
    [Theory]
    [InlineData("00:00:05", 5_000)]
    [InlineData("5s", 5_000)]
    [InlineData("250ms", 250)]
    [InlineData("250MS", 250)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData(".5s", 500)]
    [InlineData(" 5s ", 5_000)]
    [InlineData("0s", 0)]
    [InlineData("1.00:00:00", 86_400_000)]
    public void Text_with_a_unit_is_a_duration(string text, double milliseconds) =>
        Assert.Equal((true, milliseconds), (Duration.TryParse(text, out var duration), duration.TotalMilliseconds));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("5")]
    [InlineData("5.0")]
    [InlineData("s")]
    [InlineData("ms")]
    [InlineData("-5s")]
    [InlineData("-00:00:05")]
    [InlineData("5 seconds")]
    [InlineData("5d")]
    [InlineData("1e3s")]
    [InlineData("1,5s")]
    [InlineData("NaNs")]
    [InlineData("Infinityh")]
    [InlineData("∞s")]
    [InlineData("99999999999999999999h")]
    [InlineData("25:61:00")]
    [InlineData("five")]
    public void Anything_else_is_refused(string text) => Assert.Equal((false, TimeSpan.Zero), (Duration.TryParse(text, out var duration), duration));
}
