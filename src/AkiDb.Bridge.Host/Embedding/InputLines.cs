using System.Runtime.CompilerServices;
using System.Text;
using AkiDb.Bridge.Host.Files;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>The lines of standard input, as soon as they are there. Only <c>\n</c> ends a line, and one <c>\r</c> before it belongs to it.</summary>
/// <remarks>As strict as the HTTP API: bytes that are not UTF-8 would give the vector of another text.</remarks>
/// <param name="input">Where they come from.</param>
/// <param name="maxCharacters">The longest line that any model takes, in UTF-16 characters.</param>
internal sealed class InputLines(Stream input, int maxCharacters)
{
    private const int LinesPerChunk = 256;

    // What takes more bytes than this has more than one character for each three of them.
    private const int BytesPerCharacter = 3;

    private readonly List<string> lines = [];
    private readonly LineBuffer buffer = new(input, (int)Math.Min((long)maxCharacters * BytesPerCharacter, Array.MaxLength / 2));
    private long count;

    /// <summary>Reads to the end. What one read has brought is given on before the next read waits.</summary>
    /// <exception cref="BadTextException">A line is no text. The lines before it have been given.</exception>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public async IAsyncEnumerable<TextChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!buffer.IsAtEnd)
        {
            await buffer.ReadAsync(cancellationToken);
            BadTextException? bad = null;
            while (bad is null && buffer.TryTake(out var line))
            {
                bad = Add(line.Span);
                if (lines.Count == LinesPerChunk)
                {
                    yield return Chunk();
                }
            }

            if (lines.Count > 0)
            {
                yield return Chunk();
            }

            if ((bad ?? TooLong()) is { } mistake)
            {
                throw mistake;
            }
        }
    }

    private BadTextException? Add(ReadOnlySpan<byte> line)
    {
        count++;
        if (count == 1 && line.StartsWith(Encoding.UTF8.Preamble))
        {
            line = line[Encoding.UTF8.Preamble.Length..];
        }

        if (!StrictUtf8.TryRead(line is [.., (byte)'\r'] ? line[..^1] : line, out var text, out var reason))
        {
            return new BadTextException(count, reason!);
        }

        lines.Add(text!);
        return null;
    }

    private BadTextException? TooLong() => buffer.Unfinished > (long)maxCharacters * BytesPerCharacter
        ? new BadTextException(count + 1, $"it has more than {maxCharacters} characters. Split it into several lines.")
        : null;

    private TextChunk Chunk()
    {
        var chunk = new TextChunk(count - lines.Count + 1, [.. lines]);
        lines.Clear();
        return chunk;
    }
}
