using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class PendingBatchTests
{
    private static readonly RowsHeader Answer = new(1, 2, 3, 0);
    private static readonly EngineReply Done = new(null, TimeSpan.Zero);

    [Fact]
    public void Memory_is_claimed_once()
    {
        var memory = new float[6];
        var batch = new PendingBatch(memory, 2, 3);

        Assert.True(batch.TryClaim(Answer, out var rows));
        Assert.True(rows.Equals(memory.AsMemory()));
        Assert.False(batch.TryClaim(Answer, out _));
    }

    [Fact]
    public void Withdrawn_batch_cannot_be_claimed()
    {
        var batch = new PendingBatch(new float[6], 2, 3);

        Assert.True(batch.TryWithdraw());
        Assert.False(batch.TryClaim(Answer, out _));
    }

    [Fact]
    public void Claimed_batch_cannot_be_withdrawn()
    {
        var batch = new PendingBatch(new float[6], 2, 3);
        batch.TryClaim(Answer, out _);

        Assert.False(batch.TryWithdraw());
    }

    [Fact]
    public async Task Answered_batch_cannot_be_claimed()
    {
        var batch = new PendingBatch(new float[6], 2, 3);
        batch.TryComplete(new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, "x"), TimeSpan.Zero));

        Assert.False(batch.TryClaim(Answer, out _));
        Assert.NotNull((await batch.Reply).Error);
    }

    [Fact]
    public async Task First_reply_counts()
    {
        var batch = new PendingBatch(new float[6], 2, 3);

        batch.TryComplete(Done);
        batch.TryComplete(new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, "x"), TimeSpan.Zero));

        Assert.Null((await batch.Reply).Error);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public void Answer_of_another_shape_is_a_broken_protocol(int count, int dimension) =>
        Assert.Throws<ProtocolException>(() => new PendingBatch(new float[6], 2, 3).TryClaim(new RowsHeader(1, count, dimension, 0), out _));
}
