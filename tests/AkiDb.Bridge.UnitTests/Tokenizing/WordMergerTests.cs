using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class WordMergerTests
{
    [Fact]
    public void Short_and_long_words_merge_alike()
    {
        BpeMerges merges = MergesOfLetters();
        var random = new Random(7);
        for (int i = 0; i < 5_000; i++)
        {
            int[] word = [.. Enumerable.Range(0, random.Next(1, ShortWordMerger.LongestWord + 1)).Select(_ => random.Next(3))];
            int[] other = [.. word];

            Assert.Equal(word[..ShortWordMerger.Merge(word, merges)], other[..LongWordMerger.Merge(other, merges)]);
        }
    }

    /// <summary>Three letters and forty merges of what there is so far, so that merges of merges and ties abound.</summary>
    private static BpeMerges MergesOfLetters()
    {
        var merges = new BpeMerges(40);
        var random = new Random(11);
        int next = 3;
        for (int rank = 0; rank < 40;)
        {
            if (merges.TryAdd(random.Next(next), random.Next(next), rank, next))
            {
                rank++;
                next++;
            }
        }

        return merges;
    }
}
