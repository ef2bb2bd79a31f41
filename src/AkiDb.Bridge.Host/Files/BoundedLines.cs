using System.Runtime.CompilerServices;
using AkiDb.Bridge.Host.Streams;

namespace AkiDb.Bridge.Host.Files;

/// <summary>The lines of a stream. Only <c>\n</c> ends one; one <c>\r</c> before it belongs to it. Of a line that is too long nothing is kept.</summary>
/// <param name="input">The stream.</param>
/// <param name="mostBytes">The longest line that is taken.</param>
internal sealed class BoundedLines(Stream input, int mostBytes)
{
    public async IAsyncEnumerable<InputLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new LineBuffer(input, mostBytes);
        var number = 0L;
        var isTooLong = false;
        while (!buffer.IsAtEnd)
        {
            await buffer.ReadAsync(cancellationToken);
            while (buffer.TryTake(out var line))
            {
                yield return isTooLong || line.Length > mostBytes
                    ? new InputLine(++number, default, IsTooLong: true)
                    : new InputLine(++number, line.Span is [.., (byte)'\r'] ? line[..^1] : line, IsTooLong: false);
                isTooLong = false;
            }

            if (buffer.Unfinished > mostBytes)
            {
                isTooLong = true;
                buffer.Drop();
            }
        }

        if (isTooLong)
        {
            yield return new InputLine(++number, default, IsTooLong: true);
        }
    }
}
