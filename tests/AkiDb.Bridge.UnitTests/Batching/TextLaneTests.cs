using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class TextLaneTests
{
    private readonly TextLane lane = new();
    private long arrivals;

    [Fact]
    public void Oldest_text_is_always_in_the_next_batch()
    {
        Add(400, 10, 10, 10, 10);

        Assert.Equal(400, lane.Take(32, int.MaxValue)[0].Ids.Length);
        Assert.Equal([10, 10, 10], Lengths(lane.Take(32, int.MaxValue)));
        Assert.Equal([10], Lengths(lane.Take(32, int.MaxValue)));
        Assert.Empty(lane.Take(32, int.MaxValue));
    }

    [Fact]
    public void Similar_lengths_go_together_and_others_fill_what_is_left()
    {
        Add(16, 100, 17, 90, 16, 5);

        Assert.Equal([16, 17, 16, 5], Lengths(lane.Take(60, int.MaxValue)));
        Assert.Equal([100, 90], Lengths(lane.Take(200, int.MaxValue)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(512)]
    public void Batches_hold_every_text_once_and_never_more_tokens_than_allowed(int budget)
    {
        var random = new Random(budget);
        var lengths = Enumerable.Range(0, 2_000).Select(_ => random.Next(1, 300)).ToArray();
        Add(lengths);
        Assert.Equal((lengths.Length, lengths.Sum()), (lane.Count, (int)lane.Tokens));

        var seen = new HashSet<long>();
        while (lane.Take(budget, int.MaxValue) is { Count: > 0 } batch)
        {
            Assert.True(batch.Count == 1 || batch.Sum(text => text.Ids.Length) <= budget);
            Assert.All(batch, text => Assert.True(seen.Add(text.Order)));
        }

        Assert.Equal(lengths.Length, seen.Count);
        Assert.Equal((0, 0), (lane.Count, (int)lane.Tokens));
    }

    [Fact]
    public void Text_that_left_is_in_no_batch()
    {
        var texts = Add(5, 6, 7);

        lane.Remove(texts[0]);

        Assert.Equal([6, 7], Lengths(lane.Take(100, int.MaxValue)).Order());
        Assert.Null(texts[0].Lane);
    }

    private static IEnumerable<int> Lengths(IReadOnlyList<QueuedText> texts) => texts.Select(text => text.Ids.Length);

    private List<QueuedText> Add(params int[] lengths)
    {
        var texts = lengths.Select(length => new QueuedText(new int[length], arrivals++)).ToList();
        texts.ForEach(lane.Add);
        return texts;
    }
}
