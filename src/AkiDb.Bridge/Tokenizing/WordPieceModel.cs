using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>BERT's model: words at white space, punctuation alone, each word cut greedily into the longest known pieces.</summary>
/// <param name="starts">The pieces that start a word.</param>
/// <param name="continuations">The pieces that go on within one, without their <c>##</c>.</param>
/// <param name="unknownId">What a word becomes that cannot be cut into known pieces.</param>
/// <param name="longestWord">The most code points of a word; a longer one is unknown.</param>
internal sealed class WordPieceModel(Vocabulary starts, Vocabulary continuations, int unknownId, int longestWord) : TokenModel
{
    private const int StackPieces = 128;

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;
    private static readonly BertClass[] Ascii = ClassifyAscii();

    private readonly int longestPiece = Math.Max(starts.LongestToken, continuations.LongestToken);

    /// <summary>What the file writes in front of a piece that goes on within a word.</summary>
    public static ReadOnlySpan<byte> ContinuationPrefix => "##"u8;

    public override void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        var pieces = new PooledBuffer<int>(stackalloc int[StackPieces]);
        var hashes = new PooledBuffer<ulong>(stackalloc ulong[StackPieces]);
        try
        {
            Encode(text, hashes.Free(longestPiece), pieces.Free(Math.Min(longestWord, text.Length)), ref sink);
        }
        finally
        {
            pieces.Dispose();
            hashes.Dispose();
        }
    }

    /// <inheritdoc/>
    public override int UnknownId => unknownId;

    /// <inheritdoc/>
    public override bool UnknownIsWord => true;

    /// <inheritdoc/>
    public override bool LosesSpace => true;

    /// <inheritdoc/>
    public override int Surface(ReadOnlySpan<byte> token, Span<byte> surface)
    {
        var content = IsContinuation(token) ? token[ContinuationPrefix.Length..] : token;
        content.CopyTo(surface);
        return content.Length;
    }

    public override int Find(ReadOnlySpan<byte> token) =>
        IsContinuation(token) ? continuations.Find(token[ContinuationPrefix.Length..]) : starts.Find(token);

    /// <remarks>White space and punctuation end a word, whatever stands around them.</remarks>
    public override bool MayCut(int previous, int next) => Classify(Unicode[next]) != BertClass.Word;

    /// <summary>Whether a token goes on within a word. The bare prefix does not: nothing would be left of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsContinuation(ReadOnlySpan<byte> token) =>
        token.Length > ContinuationPrefix.Length && token.StartsWith(ContinuationPrefix);

    private static BertClass Classify(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        return Utf8Text.IsAscii(text[at]) ? Ascii[text[at]] : Classify(Unicode[Utf8Text.Decode(text, at, out length)]);
    }

    private static BertClass[] ClassifyAscii()
    {
        var classes = new BertClass[128];
        for (var codePoint = 0; codePoint < classes.Length; codePoint++)
        {
            classes[codePoint] = Classify(Unicode[codePoint]);
        }

        return classes;
    }

    private static BertClass Classify(CodePointProperties properties) =>
        properties.SplitClass == SplitClass.Space ? BertClass.Space
        : properties.BertClass == BertClass.Punctuation ? BertClass.Punctuation
        : BertClass.Word;

    private void Encode(
        scoped ReadOnlySpan<byte> text, scoped Span<ulong> prefixHashes, scoped Span<int> pieces, scoped ref TokenSink sink)
    {
        var start = 0;
        var codePoints = 0;
        for (int at = 0, length; at < text.Length && !sink.IsOver; at += length)
        {
            var kind = Classify(text, at, out length);
            if (kind == BertClass.Word)
            {
                codePoints++;
                continue;
            }

            EncodeWord(text[start..at], codePoints, prefixHashes, pieces, ref sink);
            if (kind == BertClass.Punctuation)
            {
                EncodeWord(text.Slice(at, length), 1, prefixHashes, pieces, ref sink);
            }

            start = at + length;
            codePoints = 0;
        }

        EncodeWord(text[start..], codePoints, prefixHashes, pieces, ref sink);
    }

    private void EncodeWord(
        scoped ReadOnlySpan<byte> word,
        int codePoints,
        scoped Span<ulong> prefixHashes,
        scoped Span<int> pieces,
        scoped ref TokenSink sink)
    {
        if (codePoints == 0)
        {
            return;
        }

        var count = codePoints <= longestWord ? Cut(word, prefixHashes, pieces) : 0;
        if (count > 0)
        {
            sink.Add(pieces[..count]);
        }
        else
        {
            sink.Add(unknownId);
        }
    }

    /// <summary>Cuts a word into pieces and returns how many; 0 when some part of it is not in the vocabulary.</summary>
    private int Cut(ReadOnlySpan<byte> word, Span<ulong> prefixHashes, Span<int> pieces)
    {
        var count = 0;
        for (var vocabulary = starts; word.Length > 0; vocabulary = continuations)
        {
            var length = LongestPiece(vocabulary, word, prefixHashes, out var id);
            if (length == 0)
            {
                return 0;
            }

            pieces[count++] = id;
            word = word[length..];
        }

        return count;
    }

    private static int LongestPiece(Vocabulary vocabulary, ReadOnlySpan<byte> word, Span<ulong> prefixHashes, out int id)
    {
        var longest = Math.Min(word.Length, vocabulary.LongestToken);
        var hash = Vocabulary.EmptyHash;
        for (var i = 0; i < longest; i++)
        {
            hash = Vocabulary.Extend(hash, word[i]);
            prefixHashes[i] = hash;
        }

        for (var length = longest; length > 0; length--)
        {
            id = vocabulary.Find(prefixHashes[length - 1], word[..length]);
            if (id >= 0)
            {
                return length;
            }
        }

        id = -1;
        return 0;
    }
}
