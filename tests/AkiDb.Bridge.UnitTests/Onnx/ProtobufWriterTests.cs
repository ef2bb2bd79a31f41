using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class ProtobufWriterTests
{
    [Theory]
    [InlineData(0L, "0800")]
    [InlineData(127L, "087F")]
    [InlineData(150L, "089601")]
    [InlineData(-1L, "08FFFFFFFFFFFFFFFFFF01")]
    public void Integer_is_a_varint(long value, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexString(new ProtobufWriter().Integer(1, value).Written));

    [Fact]
    public void A_large_field_number_takes_two_bytes() =>
        Assert.Equal("A00101", Convert.ToHexString(new ProtobufWriter().Integer(20, 1).Written));

    [Fact]
    public void Single_is_four_little_endian_bytes() =>
        Assert.Equal("150000803F", Convert.ToHexString(new ProtobufWriter().Single(2, 1f).Written));

    [Fact]
    public void Text_is_its_utf8_length_and_bytes() =>
        Assert.Equal("1203C3A962", Convert.ToHexString(new ProtobufWriter().Text(2, "\u00e9b").Written));

    [Fact]
    public void Message_is_embedded_with_its_length() =>
        Assert.Equal("1A03089601", Convert.ToHexString(new ProtobufWriter().Message(3, new ProtobufWriter().Integer(1, 150)).Written));

    [Fact]
    public void A_long_value_grows_the_buffer()
    {
        var content = new byte[70_000];

        Assert.Equal(content.Length + 4, new ProtobufWriter().Bytes(9, content).Written.Length);
    }
}
