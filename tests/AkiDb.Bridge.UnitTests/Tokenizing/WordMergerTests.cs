using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.UnitTests.Tokenizing;

public sealed class WordMergerTests
{
    [Fact]
    public void Short_and_long_words_merge_alike()
    {
        var merges = MergesOfLetters();
        var random = new Random(7);
        for (var i = 0; i < 5_000; i++)
        {
            int[] word = [.. Enumerable.Range(0, random.Next(1, ShortWordMerger.LongestWord + 1)).Select(_ => random.Next(3))];
            int[] other = [.. word];

            Assert.Equal(word[..ShortWordMerger.Merge(word, merges)], other[..LongWordMerger.Merge(other, merges, CancellationToken.None)]);
        }
    }

    [Fact]
    public void Long_word_is_given_up_when_nobody_waits_for_it()
    {
        var merges = new BpeMerges(1);
        Assert.True(merges.TryAdd(0, 0, 0, 1));

        Assert.ThrowsAny<OperationCanceledException>(() => LongWordMerger.Merge(new int[1 << 20], merges, new CancellationToken(canceled: true)));
    }

    /// <summary>Three letters and forty merges of what there is so far, so that merges of merges and ties abound.</summary>
    private static BpeMerges MergesOfLetters()
    {
        var merges = new BpeMerges(40);
        var random = new Random(11);
        var next = 3;
        for (var rank = 0; rank < 40;)
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
