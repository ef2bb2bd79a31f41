using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>SentencePiece's Unigram model: each word is cut into the pieces whose scores add up to the most.</summary>
/// <param name="trie">The pieces.</param>
/// <param name="scores">Their scores.</param>
/// <param name="unknownId">The piece that stands for characters that are no pieces: one for each run of them.</param>
/// <param name="splitsAtWhiteSpace">Whether white space of any kind ends a word and is lost; else spaces only count, as marks.</param>
/// <param name="addsMark">Whether a word that does not begin with a mark gets one.</param>
/// <param name="bytePieces">The piece of each byte, which characters that are no pieces are then made of; null where these are unknown.</param>
internal sealed class UnigramModel(PieceTrie trie, double[] scores, int unknownId, bool splitsAtWhiteSpace, bool addsMark, int[]? bytePieces = null) : TokenModel
{
    private const int StackBytes = 512;
    private const double UnknownPenalty = 10;

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    private readonly double unknownScore = scores.Min() - UnknownPenalty;

    /// <summary>The mark that stands for a space.</summary>
    public static ReadOnlySpan<byte> Mark => "▁"u8;

    public override void Encode(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        var word = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        var nodes = new PooledBuffer<Node>([]);
        try
        {
            for (var at = 0; at < text.Length && !sink.IsOver;)
            {
                sink.CancellationToken.ThrowIfCancellationRequested();
                at = ReadWord(text, at, ref word);
                EncodePieces(word.Written, ref nodes, ref sink);
                word.Truncate(0);
            }
        }
        finally
        {
            word.Dispose();
            nodes.Dispose();
        }
    }

    /// <inheritdoc/>
    public override int UnknownId => unknownId;

    /// <inheritdoc/>
    public override bool LosesSpace => splitsAtWhiteSpace;

    /// <inheritdoc/>
    public override int Surface(ReadOnlySpan<byte> token, Span<byte> surface)
    {
        var count = 0;
        for (var at = 0; at < token.Length; at++)
        {
            var isMark = token[at..].StartsWith(Mark);
            surface[count++] = isMark ? (byte)' ' : token[at];
            at += isMark ? Mark.Length - 1 : 0;
        }

        return count;
    }

    public override int Find(ReadOnlySpan<byte> token) => trie.Find(token);

    /// <remarks>A space ends a word and begins the next; it keeps the next from being given a mark.</remarks>
    public override bool MayCut(int previous, int next) => next == ' ';

    /// <summary>Reads up to the end of a word, with marks in the place of spaces, and returns where it ends.</summary>
    private int ReadWord(scoped ReadOnlySpan<byte> text, int start, scoped ref PooledBuffer<byte> word)
    {
        var at = start;
        while (splitsAtWhiteSpace && at < text.Length && IsSpace(text, at, out var length))
        {
            at += length;
        }

        if (addsMark && at < text.Length && text[at] != ' ' && !text[at..].StartsWith(Mark) && (splitsAtWhiteSpace || start == 0))
        {
            Append(Mark, ref word);
        }

        var end = at;
        while (end < text.Length && !(splitsAtWhiteSpace && IsSpace(text, end, out _)))
        {
            end++;
        }

        for (; at < end; at++)
        {
            if (text[at] == ' ')
            {
                Append(Mark, ref word);
            }
            else
            {
                word.Add(text[at]);
            }
        }

        return end;
    }

    private static bool IsSpace(ReadOnlySpan<byte> text, int at, out int length)
    {
        length = 1;
        return !Utf8Text.IsContinuation(text[at]) && Unicode[Utf8Text.Decode(text, at, out length)].SplitClass == SplitClass.Space;
    }

    private static void Append(scoped ReadOnlySpan<byte> bytes, scoped ref PooledBuffer<byte> word)
    {
        bytes.CopyTo(word.Free(bytes.Length));
        word.Advance(bytes.Length);
    }

    /// <summary>Divides a word before each mark in it: a piece has no mark but at its beginning.</summary>
    private void EncodePieces(scoped ReadOnlySpan<byte> word, scoped ref PooledBuffer<Node> nodes, scoped ref TokenSink sink)
    {
        while (!word.IsEmpty && !sink.IsOver)
        {
            var next = word[1..].IndexOf(Mark);
            var length = next < 0 ? word.Length : next + 1;
            EncodePiece(word[..length], ref nodes, ref sink);
            word = word[length..];
        }
    }

    /// <summary>Finds the best path (Viterbi): for each place, where the last piece of the best way to it begins.</summary>
    /// <remarks>
    /// Where no piece reaches beyond a place, every way leads through it: what is before is settled and goes out at once, so that a word of a
    /// megabyte takes no more memory than its longest stretch without such a place, and ends when enough ids are there.
    /// </remarks>
    private void EncodePiece(scoped ReadOnlySpan<byte> word, scoped ref PooledBuffer<Node> nodes, scoped ref TokenSink sink)
    {
        var path = new UnigramPath(unknownId);
        for (var start = 0; start < word.Length && !sink.IsOver;)
        {
            start += EncodeStretch(word[start..], ref nodes, ref path, ref sink);
        }
    }

    private int EncodeStretch(
        scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<Node> nodes, scoped ref UnigramPath path, scoped ref TokenSink sink)
    {
        nodes.Truncate(0);
        nodes.Add(new Node { Score = path.Score });
        var reached = 0;
        var at = 0;
        do
        {
            reached = Math.Max(reached, AddPieces(text, at, reached, ref nodes));
            for (at++; at < text.Length && Utf8Text.IsContinuation(text[at]); at++)
            {
            }
        }
        while (at < reached);

        // Backwards, each place learns where the next one is; then the ids go out forwards.
        var written = nodes.Written;
        var following = 0;
        for (var end = reached; end > 0;)
        {
            var begin = written[end].Start;
            written[end].Next = following;
            following = end;
            end = begin;
        }

        for (var end = following; end > 0; end = written[end].Next)
        {
            if (bytePieces is not null && written[end].Piece == unknownId)
            {
                path.AddBytes(text[written[end].Start..end], bytePieces, ref sink);
            }
            else
            {
                path.Add(written[end].Piece, ref sink);
            }
        }

        path.Score = written[reached].Score;
        return reached;
    }

    /// <summary>Adds every piece that begins at a place and returns how far the longest reaches.</summary>
    private int AddPieces(scoped ReadOnlySpan<byte> text, int start, int reached, scoped ref PooledBuffer<Node> nodes)
    {
        Utf8Text.Decode(text, start, out var first);
        var score = nodes.Written[start].Score;
        var longest = reached;
        var hasFirst = false;
        var node = PieceTrie.Root;
        for (var at = start; at < text.Length; at++)
        {
            node = trie.Next(node, text[at]);
            if (node == PieceTrie.None)
            {
                break;
            }

            var piece = trie.PieceAt(node);
            if (piece != PieceTrie.None)
            {
                hasFirst |= at + 1 - start == first;
                longest = Math.Max(longest, at + 1);
                Offer(at + 1, new Node { Start = start, Piece = piece, Score = score + scores[piece] }, ref nodes);
            }
        }

        if (!hasFirst)
        {
            longest = Math.Max(longest, start + first);
            Offer(start + first, new Node { Start = start, Piece = unknownId, Score = score + unknownScore }, ref nodes);
        }

        return longest;
    }

    private static void Offer(int end, Node candidate, scoped ref PooledBuffer<Node> nodes)
    {
        while (nodes.Count <= end)
        {
            nodes.Add(new Node { Start = PieceTrie.None });
        }

        ref var best = ref nodes.Written[end];
        if (best.Start == PieceTrie.None || candidate.Score > best.Score)
        {
            best = candidate;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Node
    {
        public int Start;
        public int Piece;
        public int Next;
        public double Score;
    }
}
