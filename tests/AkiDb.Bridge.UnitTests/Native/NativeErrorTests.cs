using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using AkiDb.Bridge.Native.Border;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.UnitTests.Native;

public sealed unsafe class NativeErrorTests
{
    private const int MessageOffset = 16;

    [Fact]
    public void Error_says_what_when_and_about_which_text()
    {
        NativeError error;
        NativeError.Write(&error, new NativeFailure(NativeStatus.Overloaded, "full") { RetryAfter = TimeSpan.FromMilliseconds(1.5), InputIndex = 3 });
        var bytes = new ReadOnlySpan<byte>(&error, sizeof(NativeError));
        Assert.Equal(6, MemoryMarshal.Read<int>(bytes));
        Assert.Equal(3, MemoryMarshal.Read<int>(bytes[4..]));
        Assert.Equal(2, MemoryMarshal.Read<long>(bytes[8..]));
        Assert.Equal("full", MessageOf(&error));

        NativeError.Write(&error, new NativeFailure(NativeStatus.Internal, "why"));
        Assert.Equal(-1, MemoryMarshal.Read<int>(bytes[4..]));
        Assert.Equal(-1, MemoryMarshal.Read<long>(bytes[8..]));
        NativeError.Write(null, new NativeFailure(NativeStatus.Internal, "why"));
    }

    [Theory]
    [InlineData("x", 4095, false)]
    [InlineData("x", 4096, true)]
    [InlineData("\u20ac", 1365, false)]
    [InlineData("\u20ac", 1366, true)]
    [InlineData("\ud83d\ude00", 5000, true)]
    public void Message_that_does_not_fit_ends_in_whole_characters_and_dots(string letter, int times, bool isCut)
    {
        NativeError error;
        var text = string.Concat(Enumerable.Repeat(letter, times));
        NativeError.Write(&error, new NativeFailure(NativeStatus.Internal, text));
        var message = MessageOf(&error);
        Assert.Equal(isCut, message.EndsWith("...", StringComparison.Ordinal));
        Assert.StartsWith(message[..^3], text, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(message), 4088, 4095);
    }

    [Theory]
    [InlineData("why", "a", "b", true)]
    [InlineData("", "a", "b", true)]
    [InlineData("why", "", "b", false)]
    [InlineData("x*4095", "a", "b", false)]
    [InlineData("x*4094", "a", "b", false)]
    [InlineData("x*4092", "a", "b", false)]
    [InlineData("x*4091", "a", "b", true)]
    [InlineData("x*9000", "a", "b", false)]
    public void Spaces_of_a_mismatch_are_both_there_or_neither(string message, string demanded, string served, bool areThere)
    {
        NativeError error;
        new Span<byte>(&error, sizeof(NativeError)).Fill((byte)'?');
        var text = message.Split('*') is [var letter, var times] ? string.Concat(Enumerable.Repeat(letter, int.Parse(times, CultureInfo.InvariantCulture))) : message;
        NativeError.Write(&error, new NativeFailure(NativeStatus.SpaceMismatch, text) { Spaces = new SpaceMismatch(demanded, served) });

        Assert.Equal(areThere, NativeError.TryFindSpaces(&error, out var first, out var second));
        Assert.Equal(areThere ? (demanded, served) : (null, null), (Marshal.PtrToStringUTF8((nint)first), Marshal.PtrToStringUTF8((nint)second)));
    }

    [Fact]
    public void Error_about_something_else_has_no_spaces()
    {
        NativeError error;
        new Span<byte>(&error, sizeof(NativeError)).Fill((byte)'?');
        NativeError.Write(&error, new NativeFailure(NativeStatus.Internal, "why"));

        Assert.False(NativeError.TryFindSpaces(&error, out _, out _));
    }

    [Fact]
    public void Whatever_is_thrown_has_a_status()
    {
        Assert.Equal(NativeStatus.Cancelled, NativeFailure.Of(new OperationCanceledException()).Status);
        Assert.Equal(NativeStatus.OutOfMemory, NativeFailure.Of(new InsufficientMemoryException()).Status);
        Assert.Equal(NativeStatus.Internal, NativeFailure.Of(new InvalidOperationException("why")).Status);
        Assert.Equal(NativeStatus.BadConfiguration, NativeFailure.Of(new OptionsValidationException("", typeof(BridgeOptions), ["one", "two"])).Status);
    }

    private static string MessageOf(NativeError* error) => Marshal.PtrToStringUTF8((nint)error + MessageOffset)!;
}
