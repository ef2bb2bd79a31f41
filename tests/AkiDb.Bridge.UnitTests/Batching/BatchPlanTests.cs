using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class BatchPlanTests
{
    [Fact]
    public void Similar_lengths_go_together_within_the_budget() =>
        Assert.Equal([[1, 3], [4], [0], [2]], BatchPlan.Cut([8, 2, 20, 3, 6], 10).Select(batch => batch.ToArray()));

    [Fact]
    public void Text_over_the_budget_goes_alone() => Assert.Equal([[1], [0], [2]], BatchPlan.Cut([50, 1, 60], 10));

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    public void Every_text_is_in_one_batch_and_no_batch_is_over_the_budget(int budget)
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            int[] lengths = [.. Enumerable.Range(0, random.Next(1, 100)).Select(_ => random.Next(1, 300))];

            var batches = BatchPlan.Cut(lengths, budget);

            Assert.Equal(Enumerable.Range(0, lengths.Length), batches.SelectMany(batch => batch).Order());
            Assert.All(batches, batch => Assert.True(batch.Length == 1 || batch.Sum(index => lengths[index]) <= budget));
            Assert.All(batches, batch => Assert.NotEmpty(batch));
        }
    }
}
