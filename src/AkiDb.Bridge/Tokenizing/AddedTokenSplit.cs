namespace AkiDb.Bridge.Tokenizing;

/// <summary>Walks over a text's added tokens and the text between them.</summary>
internal ref struct AddedTokenSplit(AddedTokenSet tokens, ReadOnlySpan<byte> text)
{
    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    private readonly ReadOnlySpan<byte> text = text;
    private TextPiece? held;
    private int searchFrom;
    private int done;

    public TextPiece Current { get; private set; }

    public readonly AddedTokenSplit GetEnumerator() => this;

    public bool MoveNext()
    {
        if (held is { } piece)
        {
            Current = piece;
            held = null;
            return true;
        }

        while (tokens.Find(text, searchFrom, out var found) is { } token)
        {
            searchFrom = found + token.Content.Length;
            if (token.SingleWord && IsInsideWord(found, searchFrom))
            {
                continue;
            }

            var start = token.TakesSpaceBefore ? Math.Max(SpaceStart(found), done) : found;
            var end = token.TakesSpaceAfter ? SpaceEnd(searchFrom) : searchFrom;
            Current = new TextPiece(start, end, token.Id);
            if (done < start)
            {
                held = Current;
                Current = new TextPiece(done, start, TextPiece.Text);
            }

            done = end;
            return true;
        }

        searchFrom = text.Length;
        Current = new TextPiece(done, text.Length, TextPiece.Text);
        done = text.Length;
        return Current.Start < Current.End;
    }

    private readonly bool IsInsideWord(int start, int end) =>
        (start > 0 && Unicode[Utf8Text.DecodeBefore(text, start, out _)].IsWordCharacter)
        || (end < text.Length && Unicode[Utf8Text.Decode(text, end, out _)].IsWordCharacter);

    private readonly int SpaceStart(int end)
    {
        while (end > 0 && Unicode[Utf8Text.DecodeBefore(text, end, out var length)].SplitClass == SplitClass.Space)
        {
            end -= length;
        }

        return end;
    }

    private readonly int SpaceEnd(int start)
    {
        while (start < text.Length && Unicode[Utf8Text.Decode(text, start, out var length)].SplitClass == SplitClass.Space)
        {
            start += length;
        }

        return start;
    }
}
