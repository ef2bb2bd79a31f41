using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class BatchingOptionsTests
{
    [Theory]
    [InlineData(null, 2_048, EmbeddingPriority.Interactive)]
    [InlineData(EmbeddingPriority.Interactive, 2_048, EmbeddingPriority.Interactive)]
    [InlineData(EmbeddingPriority.Interactive, 2_049, EmbeddingPriority.Bulk)]
    [InlineData(null, 2_049, EmbeddingPriority.Bulk)]
    [InlineData(EmbeddingPriority.Bulk, 1, EmbeddingPriority.Bulk)]
    public void Large_request_is_bulk_whatever_it_says(EmbeddingPriority? wanted, long tokens, EmbeddingPriority lane) =>
        Assert.Equal(lane, new BatchingOptions().PriorityOf(wanted, tokens));
}
