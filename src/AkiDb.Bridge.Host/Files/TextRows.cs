using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Host.Files;

/// <summary>A line, a text; an empty line is the empty text.</summary>
/// <param name="input">The bytes, in UTF-8.</param>
/// <param name="mostCharacters">The longest text that any model takes, in UTF-16 characters.</param>
internal sealed class TextRows(Stream input, int mostCharacters) : IRowReader
{
    // What takes more bytes than this has more than one character for each three of them.
    private const int BytesPerCharacter = 3;

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in new BoundedLines(input, (int)Math.Min(Array.MaxLength / 2, (long)mostCharacters * BytesPerCharacter)).ReadAsync(cancellationToken))
        {
            yield return line.IsTooLong ? SourceRow.Bad(line.Number, $"it has more than {mostCharacters} characters. Split it into several lines.")
                : StrictUtf8.TryRead(line.Bytes.Span, out var text, out var reason) ? new SourceRow(line.Number, null, text, null)
                : SourceRow.Bad(line.Number, reason!);
        }
    }
}
