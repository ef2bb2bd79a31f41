using System.Text;
using AkiDb.Bridge.Queue;
using CsCheck;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class MessagePackJsonTests
{
    [Fact]
    public void Map_is_the_json_that_means_the_same()
    {
        byte[] message =
        [
            0x85, 0xa6, .. "inputs"u8, 0x92, 0xa1, (byte)'a', 0xd9, 0x03, .. "ä\""u8, 0xa9, .. "normalize"u8, 0xc3, 0xaa, .. "dimensions"u8, 0x60, 0xa6, .. "prompt"u8, 0xc0, 0xa1, (byte)'f', 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.Equal("""{"inputs":["a","\u00E4\u0022"],"normalize":true,"dimensions":96,"prompt":null,"f":0.5}""", Encoding.UTF8.GetString(MessagePackJson.Of(message).Span));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0xc1 })]
    [InlineData(new byte[] { 0x81 })]
    [InlineData(new byte[] { 0xc4, 0x01, 0x00 })]
    [InlineData(new byte[] { 0xd4, 0x01, 0x00 })]
    [InlineData(new byte[] { 0xa1, 0xff })]
    [InlineData(new byte[] { 0xc0, 0xc0 })]
    [InlineData(new byte[] { 0xdd, 0x7f, 0xff, 0xff, 0xff })]
    [InlineData(new byte[] { 0x81, 0xc0, 0xc0 })]
    [InlineData(new byte[] { 0xca, 0x7f, 0xc0, 0x00, 0x00 })]
    [InlineData(new byte[] { 0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0 })]
    public void What_is_no_message_is_a_bad_input(byte[] message) =>
        Assert.Equal(BridgeErrorKind.BadInput, Assert.Throws<BridgeException>(() => MessagePackJson.Of(message)).Error.Kind);

    [Fact]
    public void Deep_nesting_ends_with_a_bad_input() =>
        Assert.Equal(BridgeErrorKind.BadInput, Assert.Throws<BridgeException>(() => MessagePackJson.Of(Enumerable.Repeat((byte)0x91, 100_000).ToArray())).Error.Kind);

    [Fact]
    public void Any_bytes_are_a_message_or_a_bad_input() => Gen.Byte.Array[0, 64].Sample(bytes =>
    {
        try
        {
            MessagePackJson.Of(bytes);
        }
        catch (BridgeException error)
        {
            Assert.Equal(BridgeErrorKind.BadInput, error.Error.Kind);
        }
    });
}
