namespace AkiDb.Bridge.Tokenizing;

/// <summary>Byte-level BPE: words by the split pattern, each word's bytes merged pair by pair in the order of the merges' ranks.</summary>
internal sealed class ByteLevelBpeModel : TokenModel
{
    private readonly Vocabulary _vocabulary;
    private readonly BpeMerges _merges;
    private readonly int[] _bytes = new int[256];
    private readonly bool _ignoreMerges;
    private readonly WholeWord[] _wholeWords;

    /// <param name="vocabulary">Ids by the bytes that tokens stand for; it has every single byte.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="idLimit">All ids are below this.</param>
    /// <param name="ignoreMerges">Whether a word that is a token is never merged from its bytes.</param>
    public ByteLevelBpeModel(Vocabulary vocabulary, BpeMerges merges, int idLimit, bool ignoreMerges)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _ignoreMerges = ignoreMerges;
        _wholeWords = new WholeWord[idLimit];
        for (int value = 0; value < _bytes.Length; value++)
        {
            _bytes[value] = vocabulary.Find([(byte)value]);
        }
    }

    private enum WholeWord : byte
    {
        Unknown,
        MergesToItself,
        MergesToOthers,
    }

    public override void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = QwenSplitter.WordEnd(text, start);
            EncodeWord(text[start..end], ref sink);
        }
    }

    public override int Find(ReadOnlySpan<byte> token)
    {
        var bytes = new byte[token.Length];
        return ByteAlphabet.TryDecode(token, bytes, out int count) ? _vocabulary.Find(bytes.AsSpan(0, count)) : -1;
    }

    private void EncodeWord(scoped ReadOnlySpan<byte> word, scoped ref TokenSink sink)
    {
        int id = _vocabulary.Find(word);
        if (id >= 0 && (_ignoreMerges || _wholeWords[id] == WholeWord.MergesToItself))
        {
            sink.Add(id);
            return;
        }

        var tokens = new PooledBuffer<int>(stackalloc int[ShortWordMerger.LongestWord]);
        try
        {
            Merge(word, ref tokens);
            sink.Add(tokens.Written);
            if (id >= 0)
            {
                // Every thread that comes here finds the same answer: the race is harmless.
                _wholeWords[id] = tokens.Count == 1 && tokens.Written[0] == id ? WholeWord.MergesToItself : WholeWord.MergesToOthers;
            }
        }
        finally
        {
            tokens.Dispose();
        }
    }

    private void Merge(ReadOnlySpan<byte> word, scoped ref PooledBuffer<int> tokens)
    {
        Span<int> free = tokens.Free(word.Length)[..word.Length];
        for (int i = 0; i < word.Length; i++)
        {
            free[i] = _bytes[word[i]];
        }

        tokens.Advance(word.Length <= ShortWordMerger.LongestWord
            ? ShortWordMerger.Merge(free, _merges)
            : LongWordMerger.Merge(free, _merges));
    }
}
