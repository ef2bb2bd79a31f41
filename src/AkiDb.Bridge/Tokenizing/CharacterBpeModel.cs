namespace AkiDb.Bridge.Tokenizing;

/// <summary>BPE over characters, as SentencePiece's converted models have it: what is no token itself becomes its bytes' tokens.</summary>
/// <param name="vocabulary">Ids by the UTF-8 of tokens.</param>
/// <param name="merges">Which pairs of tokens merge.</param>
/// <param name="bytes">The token of each byte.</param>
/// <param name="beforeMark">The code points that stand before the mark of a space within any token.</param>
/// <param name="ignoreMerges">Whether a word that is a token is never merged from its characters.</param>
/// <remarks>
/// The model has no words: the whole text is merged at once. But no merge reaches across two characters that no token has side by side, and few
/// tokens have a mark behind anything else: what lies between such places is merged by itself.
/// </remarks>
internal sealed class CharacterBpeModel(Vocabulary vocabulary, BpeMerges merges, int[] bytes, HashSet<int> beforeMark, bool ignoreMerges) : TokenModel
{
    private const int Mark = '▁';
    private const int StackTokens = 128;

    public override void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        if (ignoreMerges && vocabulary.Find(text) is >= 0 and var whole)
        {
            sink.Add(whole);
            return;
        }

        for (int start = 0, end; start < text.Length && !sink.IsOver; start = end)
        {
            end = StretchEnd(text, start);
            EncodeStretch(text[start..end], ref sink);
        }
    }

    /// <inheritdoc/>
    public override int Surface(ReadOnlySpan<byte> token, Span<byte> surface)
    {
        if (ByteToken.TryParse(token, out var single))
        {
            surface[0] = single;
            return 1;
        }

        token.CopyTo(surface);
        return token.Length;
    }

    public override int Find(ReadOnlySpan<byte> token) => vocabulary.Find(token);

    public override bool MayCut(int previous, int next) => !ignoreMerges && next == Mark && previous != ' ' && !beforeMark.Contains(previous);

    private int StretchEnd(ReadOnlySpan<byte> text, int start)
    {
        var at = start;
        do
        {
            var found = text[(at + 1)..].IndexOf(UnigramModel.Mark);
            if (found < 0)
            {
                return text.Length;
            }

            at += 1 + found;
        }
        while (beforeMark.Contains(Utf8Text.DecodeBefore(text, at, out _)));

        return at;
    }

    private void EncodeStretch(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        var tokens = new PooledBuffer<int>(stackalloc int[StackTokens]);
        try
        {
            for (var at = 0; at < text.Length;)
            {
                Utf8Text.Decode(text, at, out var length);
                AddCharacter(text.Slice(at, length), ref tokens);
                at += length;
            }

            var count = tokens.Count <= ShortWordMerger.LongestWord
                ? ShortWordMerger.Merge(tokens.Written, merges)
                : LongWordMerger.Merge(tokens.Written, merges, sink.CancellationToken);
            sink.Add(tokens.Written[..count]);
        }
        finally
        {
            tokens.Dispose();
        }
    }

    private void AddCharacter(scoped ReadOnlySpan<byte> character, scoped ref PooledBuffer<int> tokens)
    {
        var id = vocabulary.Find(character);
        if (id >= 0)
        {
            tokens.Add(id);
            return;
        }

        foreach (var unit in character)
        {
            tokens.Add(bytes[unit]);
        }
    }
}
