namespace AkiDb.Bridge.Tokenizing;

/// <summary>Byte-level BPE: words by the split pattern, each word's bytes merged pair by pair in the order of the merges' ranks.</summary>
/// <param name="splitter">Cuts text into words.</param>
/// <param name="addsSpace">Whether text that does not begin with a space gets one.</param>
/// <param name="vocabulary">Ids by the bytes that tokens stand for; it has every single byte.</param>
/// <param name="merges">Which pairs of tokens merge.</param>
/// <param name="idLimit">All ids are below this.</param>
/// <param name="ignoreMerges">Whether a word that is a token is never merged from its bytes.</param>
internal sealed class ByteLevelBpeModel(
    WordSplitter splitter, bool addsSpace, Vocabulary vocabulary, BpeMerges merges, int idLimit, bool ignoreMerges) : TokenModel
{
    private const int StackBytes = 1024;

    private readonly int[] bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.Find([(byte)value]))];
    private readonly WholeWord[] wholeWords = new WholeWord[idLimit];

    private enum WholeWord : byte
    {
        Unknown,
        MergesToItself,
        MergesToOthers,
    }

    public override void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        if (!addsSpace || text.IsEmpty || text[0] == ' ')
        {
            EncodeWords(text, ref sink);
            return;
        }

        var spaced = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        try
        {
            spaced.Add((byte)' ');
            text.CopyTo(spaced.Free(text.Length));
            spaced.Advance(text.Length);
            EncodeWords(spaced.Written, ref sink);
        }
        finally
        {
            spaced.Dispose();
        }
    }

    /// <inheritdoc/>
    public override int Surface(ReadOnlySpan<byte> token, Span<byte> surface)
    {
        ByteAlphabet.TryDecode(token, surface, out var count);
        return count;
    }

    public override int Find(ReadOnlySpan<byte> token)
    {
        var decoded = new byte[token.Length];
        return ByteAlphabet.TryDecode(token, decoded, out var count) ? vocabulary.Find(decoded.AsSpan(0, count)) : -1;
    }

    public override bool MayCut(int previous, int next) => (!addsSpace || next == ' ') && splitter.MayCut(previous, next);

    private void EncodeWords(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        for (int start = 0, end; start < text.Length && !sink.IsOver; start = end)
        {
            end = splitter.WordEnd(text, start);
            EncodeWord(text[start..end], ref sink);
        }
    }

    private void EncodeWord(scoped ReadOnlySpan<byte> word, scoped ref TokenSink sink)
    {
        var id = vocabulary.Find(word);
        if (id >= 0 && (ignoreMerges || wholeWords[id] == WholeWord.MergesToItself))
        {
            sink.Add(id);
            return;
        }

        var tokens = new PooledBuffer<int>(stackalloc int[ShortWordMerger.LongestWord]);
        try
        {
            Merge(word, ref tokens, sink.CancellationToken);
            sink.Add(tokens.Written);
            if (id >= 0)
            {
                // Every thread that comes here finds the same answer: the race is harmless.
                wholeWords[id] = tokens.Count == 1 && tokens.Written[0] == id ? WholeWord.MergesToItself : WholeWord.MergesToOthers;
            }
        }
        finally
        {
            tokens.Dispose();
        }
    }

    private void Merge(scoped ReadOnlySpan<byte> word, scoped ref PooledBuffer<int> tokens, CancellationToken cancellationToken)
    {
        var free = tokens.Free(word.Length)[..word.Length];
        for (var i = 0; i < word.Length; i++)
        {
            free[i] = bytes[word[i]];
        }

        tokens.Advance(word.Length <= ShortWordMerger.LongestWord
            ? ShortWordMerger.Merge(free, merges)
            : LongWordMerger.Merge(free, merges, cancellationToken));
    }
}
