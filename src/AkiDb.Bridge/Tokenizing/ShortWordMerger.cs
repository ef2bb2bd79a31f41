namespace AkiDb.Bridge.Tokenizing;

/// <summary>Merges the bytes of a short word: scanning for the best pair is quicker than keeping a heap.</summary>
internal static class ShortWordMerger
{
    /// <summary>The longest word that this is right for: the work grows with the square.</summary>
    public const int LongestWord = 96;

    /// <summary>Merges in place and returns how many tokens remain.</summary>
    public static int Merge(Span<int> tokens, BpeMerges merges)
    {
        Span<int> ranks = stackalloc int[LongestWord];
        var count = tokens.Length;
        for (var i = 0; i + 1 < count; i++)
        {
            ranks[i] = merges.Rank(tokens[i], tokens[i + 1]);
        }

        while (count > 1)
        {
            var best = IndexOfLeast(ranks[..(count - 1)]);
            if (ranks[best] == BpeMerges.None)
            {
                break;
            }

            tokens[best] = merges.Result(ranks[best]);
            tokens[(best + 2)..count].CopyTo(tokens[(best + 1)..]);
            if (best + 2 < count)
            {
                ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
                ranks[best] = merges.Rank(tokens[best], tokens[best + 1]);
            }

            if (best > 0)
            {
                ranks[best - 1] = merges.Rank(tokens[best - 1], tokens[best]);
            }

            count--;
        }

        return count;
    }

    private static int IndexOfLeast(ReadOnlySpan<int> ranks)
    {
        var best = 0;
        for (var i = 1; i < ranks.Length; i++)
        {
            if (ranks[i] < ranks[best])
            {
                best = i;
            }
        }

        return best;
    }
}
