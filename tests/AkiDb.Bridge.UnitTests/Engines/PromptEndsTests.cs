using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.UnitTests.Engines;

public sealed class PromptEndsTests
{
    private const int Mark = 100;

    [Fact]
    public void Marks_are_taken_out_and_counted()
    {
        var batch = new TokenBatch(new[] { 1, 2, Mark, 3, 4, 5, 6, Mark, 7 }, new[] { 4, 2, 3 });

        var (tokens, skipped) = PromptEnds.Take(batch, Mark);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7], tokens.Ids.ToArray());
        Assert.Equal([3, 2, 2], tokens.Lengths.ToArray());
        Assert.Equal([2, 0, 1], skipped!);
    }

    [Fact]
    public void Batch_without_marks_is_left_as_it_is()
    {
        var batch = new TokenBatch(new[] { 1, 2, 3 }, new[] { 3 });

        Assert.Equal((batch, null), PromptEnds.Take(batch, Mark));
    }
}
