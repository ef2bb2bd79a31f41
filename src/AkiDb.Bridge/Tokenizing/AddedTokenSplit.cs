namespace AkiDb.Bridge.Tokenizing;

/// <summary>Walks over a text's added tokens and the text between them.</summary>
internal ref struct AddedTokenSplit(AddedTokenSet tokens, ReadOnlySpan<byte> text)
{
    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    private readonly ReadOnlySpan<byte> _text = text;
    private TextPiece? _held;
    private int _searchFrom;
    private int _done;

    public TextPiece Current { get; private set; }

    public readonly AddedTokenSplit GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_held is { } held)
        {
            Current = held;
            _held = null;
            return true;
        }

        while (tokens.Find(_text, _searchFrom, out int found) is { } token)
        {
            _searchFrom = found + token.Content.Length;
            if (token.SingleWord && IsInsideWord(found, _searchFrom))
            {
                continue;
            }

            int start = token.TakesSpaceBefore ? Math.Max(SpaceStart(found), _done) : found;
            int end = token.TakesSpaceAfter ? SpaceEnd(_searchFrom) : _searchFrom;
            Current = new TextPiece(start, end, token.Id);
            if (_done < start)
            {
                _held = Current;
                Current = new TextPiece(_done, start, TextPiece.Text);
            }

            _done = end;
            return true;
        }

        _searchFrom = _text.Length;
        Current = new TextPiece(_done, _text.Length, TextPiece.Text);
        _done = _text.Length;
        return Current.Start < Current.End;
    }

    private readonly bool IsInsideWord(int start, int end) =>
        (start > 0 && Unicode[Utf8Text.DecodeBefore(_text, start, out _)].IsWordCharacter)
        || (end < _text.Length && Unicode[Utf8Text.Decode(_text, end, out _)].IsWordCharacter);

    private readonly int SpaceStart(int end)
    {
        while (end > 0 && Unicode[Utf8Text.DecodeBefore(_text, end, out int length)].SplitClass == SplitClass.Space)
        {
            end -= length;
        }

        return end;
    }

    private readonly int SpaceEnd(int start)
    {
        while (start < _text.Length && Unicode[Utf8Text.Decode(_text, start, out int length)].SplitClass == SplitClass.Space)
        {
            start += length;
        }

        return start;
    }
}
