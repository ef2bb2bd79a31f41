using System.Buffers.Binary;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The pieces of a Unigram vocabulary as a tree of bytes. The children of a node lie side by side, in the order of their bytes.</summary>
internal sealed class PieceTrie
{
    /// <summary>Where every search starts.</summary>
    public const int Root = 0;

    /// <summary>No piece ends here, or no node follows.</summary>
    public const int None = -1;

    private const int KeyBytes = sizeof(ulong);

    private readonly byte[] labels;
    private readonly int[] pieces;

    // The children of node n are those from firstChildren[n] up to firstChildren[n + 1].
    private readonly int[] firstChildren;
    private readonly int[] rootChildren = new int[256];

    private PieceTrie(byte[] labels, int[] pieces, int[] firstChildren)
    {
        this.labels = labels;
        this.pieces = pieces;
        this.firstChildren = firstChildren;
        Array.Fill(rootChildren, None);
        for (var child = firstChildren[Root]; child < firstChildren[Root + 1]; child++)
        {
            rootChildren[labels[child]] = child;
        }
    }

    /// <summary>Builds the tree; false when a token is empty or there twice.</summary>
    public static bool TryBuild(TokenList tokens, out PieceTrie trie)
    {
        var order = Sort(tokens);
        List<byte> labels = [0];
        List<int> pieces = [None];
        List<int> firstChildren = [];
        var understood = true;

        // Level by level: a node is a run of tokens that begin alike.
        List<(int From, int To)> level = [(0, order.Length)];
        for (var depth = 0; level.Count > 0; depth++)
        {
            List<(int From, int To)> below = [];
            foreach (var (from, to) in level)
            {
                firstChildren.Add(labels.Count);
                var at = from;
                while (at < to && tokens[order[at]].Length == depth)
                {
                    // The shortest of those that begin alike is the node itself.
                    understood &= depth > 0 && at == from;
                    at++;
                }

                while (at < to)
                {
                    var next = tokens[order[at]][depth];
                    var start = at;
                    while (at < to && tokens[order[at]][depth] == next)
                    {
                        at++;
                    }

                    labels.Add(next);
                    pieces.Add(tokens[order[start]].Length == depth + 1 ? order[start] : None);
                    below.Add((start, at));
                }
            }

            level = below;
        }

        firstChildren.Add(labels.Count);
        trie = new PieceTrie([.. labels], [.. pieces], [.. firstChildren]);
        return understood;
    }

    /// <summary>The node that a byte leads to, or <see cref="None"/>.</summary>
    public int Next(int node, byte next)
    {
        if (node == Root)
        {
            return rootChildren[next];
        }

        var from = firstChildren[node];
        var to = firstChildren[node + 1];
        if (to - from > 8)
        {
            var found = labels.AsSpan(from, to - from).BinarySearch(next);
            return found < 0 ? None : from + found;
        }

        for (var child = from; child < to; child++)
        {
            if (labels[child] == next)
            {
                return child;
            }
        }

        return None;
    }

    /// <summary>The index of the piece that ends at a node, or <see cref="None"/>.</summary>
    public int PieceAt(int node) => pieces[node];

    /// <summary>The index of a piece, or <see cref="None"/>.</summary>
    public int Find(ReadOnlySpan<byte> piece)
    {
        var node = Root;
        foreach (var next in piece)
        {
            node = Next(node, next);
            if (node == None)
            {
                return None;
            }
        }

        return pieces[node];
    }

    /// <summary>Sorts by the first eight bytes at once, and only what is equal so far byte by byte.</summary>
    private static int[] Sort(TokenList tokens)
    {
        var keys = new ulong[tokens.Count];
        var order = new int[tokens.Count];
        Span<byte> padded = stackalloc byte[KeyBytes];
        for (var i = 0; i < order.Length; i++)
        {
            padded.Clear();
            tokens[i][..Math.Min(KeyBytes, tokens[i].Length)].CopyTo(padded);
            keys[i] = BinaryPrimitives.ReadUInt64BigEndian(padded);
            order[i] = i;
        }

        Array.Sort(keys, order);
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && keys[to] == keys[from]; to++)
            {
            }

            if (to - from > 1)
            {
                order.AsSpan(from, to - from).Sort((left, right) => tokens[left].SequenceCompareTo(tokens[right]));
            }
        }

        return order;
    }
}
