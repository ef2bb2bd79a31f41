using System.Globalization;
using System.Text;
using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

/// <summary>Against .NET's own formatting, byte for byte: whoever keeps answers as text sees no other text for the same vector.</summary>
public sealed class ShortestFloatTests
{
    [Fact]
    public void Floats_at_the_edges_of_every_binary_exponent_are_written_as_by_Net()
    {
        for (var exponent = 0u; exponent < 255; exponent++)
        {
            foreach (var fraction in (uint[])[0, 1, 2, 3, 0x2A_AAAA, 0x3F_FFFF, 0x40_0000, 0x40_0001, 0x55_5555, 0x7F_FFFD, 0x7F_FFFE, 0x7F_FFFF])
            {
                AssertAsNet((exponent << 23) | fraction);
            }
        }
    }

    [Fact]
    public void Floats_beside_every_decimal_of_up_to_three_digits_are_written_as_by_Net()
    {
        for (var power = -45; power <= 36; power++)
        {
            for (var digits = 1; digits < 1_000; digits++)
            {
                var bits = BitConverter.SingleToUInt32Bits(float.Parse($"{digits}E{power}", CultureInfo.InvariantCulture));
                AssertAsNet(bits);
                AssertAsNet(bits + 1);
                AssertAsNet(bits == 0 ? 0 : bits - 1);
            }
        }
    }

    [Fact]
    public void Floats_of_random_bits_are_written_as_by_Net()
    {
        var random = new Random(20_261_201);
        for (var i = 0; i < 1_000_000; i++)
        {
            AssertAsNet((uint)random.NextInt64(1L << 32));
        }
    }

    [Fact]
    public void Components_of_unit_vectors_are_written_as_by_Net()
    {
        var random = new Random(384);
        for (var i = 0; i < 1_000_000; i++)
        {
            AssertAsNet(BitConverter.SingleToUInt32Bits((float)((random.NextDouble() - 0.5) * Math.Pow(10, -random.Next(5)))));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Float_that_JSON_cannot_say_is_refused(float value) =>
        Assert.Throws<ArgumentException>(() => ShortestFloat.Write(value, new byte[ShortestFloat.MostBytes]));

    private static void AssertAsNet(uint bits)
    {
        var value = BitConverter.UInt32BitsToSingle(bits);
        if (!float.IsFinite(value))
        {
            return;
        }

        Span<byte> expected = stackalloc byte[64];
        Span<byte> actual = stackalloc byte[ShortestFloat.MostBytes];
        Assert.True(value.TryFormat(expected, out var length, default, CultureInfo.InvariantCulture));
        var written = ShortestFloat.Write(value, actual);
        if (!actual[..written].SequenceEqual(expected[..length]))
        {
            Assert.Fail($"{bits:x8}: '{Encoding.UTF8.GetString(actual[..written])}' instead of '{Encoding.UTF8.GetString(expected[..length])}'.");
        }
    }
}
