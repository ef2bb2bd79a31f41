using System.Buffers;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The mark that some programs put before a text.</summary>
internal static class ByteOrderMark
{
    private const int Longest = 4;

    /// <summary>The body behind the mark of UTF-8.</summary>
    /// <exception cref="BridgeException">It has the mark of another encoding.</exception>
    public static ReadOnlySequence<byte> Skip(ReadOnlySequence<byte> body)
    {
        Span<byte> start = stackalloc byte[Longest];
        start = start[..(int)Math.Min(Longest, body.Length)];
        body.Slice(0, start.Length).CopyTo(start);
        if (start.StartsWith("\uFEFF"u8))
        {
            return body.Slice("\uFEFF"u8.Length);
        }

        var other = start switch
        {
            [0xFF, 0xFE, 0, 0] or [0, 0, 0xFE, 0xFF] => "UTF-32",
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16",
            _ => null,
        };
        return other is null ? body : throw JsonMembers.Bad($"The body begins with the byte order mark of {other}; JSON is sent in UTF-8.");
    }
}
