using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Merges the bytes of a word of any length in n log n: a heap of pairs over a linked list of tokens.</summary>
internal static class LongWordMerger
{
    private const int Gone = -1;

    /// <summary>Merges in place and returns how many tokens remain.</summary>
    public static int Merge(Span<int> tokens, BpeMerges merges, CancellationToken cancellationToken)
    {
        var length = tokens.Length;
        int[] rented = ArrayPool<int>.Shared.Rent(3 * length);
        var ranks = rented.AsSpan(0, length);
        var next = rented.AsSpan(length, length);
        var previous = rented.AsSpan(2 * length, length);
        var popped = 0;
        var heap = new MergeHeap(3 * length);
        try
        {
            for (var i = 0; i < length; i++)
            {
                next[i] = i + 1;
                previous[i] = i - 1;
                ranks[i] = i + 1 < length ? merges.Rank(tokens[i], tokens[i + 1]) : BpeMerges.None;
                heap.Push(ranks[i], i);
            }

            while (heap.TryPop(out var rank, out var at))
            {
                if ((++popped & 0xFFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                // What was pushed before a neighbour changed is stale: its rank is no longer the pair's.
                if (ranks[at] == rank)
                {
                    MergeAt(at, tokens, ranks, next, previous, merges, ref heap);
                }
            }

            return Compact(tokens);
        }
        finally
        {
            heap.Dispose();
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static void MergeAt(
        int at, Span<int> tokens, Span<int> ranks, Span<int> next, Span<int> previous, BpeMerges merges, ref MergeHeap heap)
    {
        var right = next[at];
        var after = next[right];
        tokens[at] = merges.Result(ranks[at]);
        tokens[right] = Gone;
        ranks[right] = BpeMerges.None;
        next[at] = after;
        ranks[at] = BpeMerges.None;
        if (after < tokens.Length)
        {
            previous[after] = at;
            ranks[at] = merges.Rank(tokens[at], tokens[after]);
            heap.Push(ranks[at], at);
        }

        var before = previous[at];
        if (before >= 0)
        {
            ranks[before] = merges.Rank(tokens[before], tokens[at]);
            heap.Push(ranks[before], before);
        }
    }

    private static int Compact(Span<int> tokens)
    {
        var count = 0;
        foreach (int token in tokens)
        {
            if (token != Gone)
            {
                tokens[count++] = token;
            }
        }

        return count;
    }
}
