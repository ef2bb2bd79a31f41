namespace AkiDb.Bridge.UnitTests.Root;

public sealed class DoorwayTests
{
    private readonly Doorway doorway = new();

    [Fact]
    public void Empty_doorway_closes_at_once()
    {
        Assert.True(doorway.CloseAsync().IsCompletedSuccessfully);
        Assert.False(doorway.TryEnter());
    }

    [Fact]
    public async Task Closed_doorway_waits_for_the_last_one_and_lets_nobody_in()
    {
        Assert.True(doorway.TryEnter());
        Assert.True(doorway.TryEnter());
        var closed = doorway.CloseAsync();

        Assert.False(doorway.TryEnter());
        doorway.Leave();
        Assert.False(closed.IsCompleted);
        doorway.Leave();

        await closed;
    }

    [Fact]
    public async Task Whoever_came_in_is_waited_for_however_many_come_and_go()
    {
        var inside = 0;
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (doorway.TryEnter())
            {
                Interlocked.Increment(ref inside);
                Interlocked.Decrement(ref inside);
                doorway.Leave();
            }
        })).ToList();

        await doorway.CloseAsync();

        Assert.Equal(0, Volatile.Read(ref inside));
        await Task.WhenAll(callers);
    }
}
