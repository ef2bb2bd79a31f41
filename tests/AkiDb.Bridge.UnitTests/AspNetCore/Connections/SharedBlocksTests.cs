using AkiDb.Bridge.AspNetCore.Connections;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Connections;

public sealed class SharedBlocksTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    public void Block_is_whole_for_who_asks_for_less_or_for_nothing(int asked)
    {
        using var pool = new SharedBlocks().Create();

        using var block = pool.Rent(asked);

        Assert.Equal(pool.MaxBufferSize, block.Memory.Length);
    }

    [Fact]
    public void Pool_that_one_connection_has_left_serves_the_others()
    {
        var blocks = new SharedBlocks();
        blocks.Create().Dispose();

        using var block = blocks.Create().Rent();

        Assert.Equal(blocks.MaxBufferSize, block.Memory.Length);
    }
}
