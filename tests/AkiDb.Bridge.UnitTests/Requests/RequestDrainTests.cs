using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class RequestDrainTests
{
    private readonly RequestDrain drain = new();

    [Fact]
    public void Empty_drain_closes_at_once()
    {
        Assert.True(drain.CloseAsync().IsCompletedSuccessfully);
        Assert.False(drain.TryEnter());
    }

    [Fact]
    public async Task Closed_drain_waits_for_the_last_one_and_lets_nobody_in()
    {
        Assert.True(drain.TryEnter());
        Assert.True(drain.TryEnter());
        var closed = drain.CloseAsync();

        Assert.False(drain.TryEnter());
        drain.Leave();
        Assert.False(closed.IsCompleted);
        drain.Leave();

        await closed;
    }

    [Fact]
    public async Task Whoever_came_in_is_waited_for_however_many_come_and_go()
    {
        var inside = 0;
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (drain.TryEnter())
            {
                Interlocked.Increment(ref inside);
                Interlocked.Decrement(ref inside);
                drain.Leave();
            }
        })).ToList();

        await drain.CloseAsync();

        Assert.Equal(0, Volatile.Read(ref inside));
        await Task.WhenAll(callers);
    }
}
