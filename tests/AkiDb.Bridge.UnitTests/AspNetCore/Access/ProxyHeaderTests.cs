using System.Buffers;
using System.Text;
using AkiDb.Bridge.AspNetCore.Access;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Access;

public sealed class ProxyHeaderTests
{
    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.9 10.0.0.1 5000 80\r\n", "203.0.113.9:5000")]
    [InlineData("PROXY TCP6 2001:db8::9 2001:db8::1 5000 80\r\n", "[2001:db8::9]:5000")]
    [InlineData("PROXY UNKNOWN\r\n", null)]
    [InlineData("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", null)]
    public void Line_of_version_1_is_read(string line, string? source) => Check(Encoding.ASCII.GetBytes(line), source);

    [Theory]
    [InlineData(0x21, 0x11, new byte[] { 203, 0, 113, 9, 10, 0, 0, 1, 0x13, 0x88, 0, 80 }, "203.0.113.9:5000")]
    [InlineData(0x21, 0x11, new byte[] { 203, 0, 113, 9, 10, 0, 0, 1, 0x13, 0x88, 0, 80, 4, 0, 1, 0 }, "203.0.113.9:5000")]
    [InlineData(0x20, 0x00, new byte[0], null)]
    [InlineData(0x21, 0x31, new byte[] { 1, 2, 3 }, null)]
    public void Header_of_version_2_is_read(int command, int family, byte[] rest, string? source) =>
        Check([.. Signature, (byte)command, (byte)family, (byte)(rest.Length >> 8), (byte)rest.Length, .. rest], source);

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PUT / HTTP/1.1\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    public void Connection_without_a_header_is_left_as_it_is(string start)
    {
        Assert.True(ProxyHeader.TryRead(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(start)), out var header));
        Assert.Equal((0, null), (header.Length, header.Source));
    }

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.9\r\n")]
    [InlineData("PROXY TCP4 one two 1 2\r\n")]
    [InlineData("PROXY TCP4 203.0.113.9 10.0.0.1 99999 80\r\n")]
    [InlineData("PROXY nothing that ends within the hundred and seven characters that such a line may have, whatever is in it, says the paper")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0031\u0011\0\0")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u0004abcd")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u00ff\u00ffabcd")]
    public void Header_that_is_none_is_refused(string bytes) =>
        Assert.Throws<FormatException>(() => ProxyHeader.TryRead(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(bytes)), out _));

    private static void Check(byte[] header, string? source)
    {
        for (var length = 0; length < header.Length; length++)
        {
            Assert.False(ProxyHeader.TryRead(new ReadOnlySequence<byte>(header.AsMemory(0, length)), out _));
        }

        Assert.True(ProxyHeader.TryRead(new ReadOnlySequence<byte>([.. header, .. "GET / HTTP/1.1"u8]), out var read));
        Assert.Equal((header.Length, source), (read.Length, read.Source?.ToString()));
    }
}
