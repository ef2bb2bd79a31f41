using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.UnitTests.Requests;

public sealed class TokenizingThreadsTests : IDisposable
{
    private static readonly RequestTime Forever = new(TimeProvider.System, TimeProvider.System.GetTimestamp(), TimeSpan.FromHours(1));

    private readonly TokenizingThreads threads = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => threads.Dispose();

    [Fact]
    public async Task Work_is_done_slice_after_slice()
    {
        var slices = 0;

        Assert.True(await threads.TryRunAsync("a", () => ++slices == 3, Forever, Token));
        Assert.Equal(3, slices);
    }

    [Fact]
    public async Task Caller_with_much_work_does_not_keep_another_waiting()
    {
        // Every thread is busy with greedy work that ends only when the modest caller's has been done.
        using var done = new ManualResetEventSlim();
        var greedy = Enumerable.Range(0, 200).Select(_ => threads.TryRunAsync("greedy", () => done.Wait(1, Token), Forever, Token)).ToList();

        Assert.True(await threads.TryRunAsync("modest", () => true, Forever, Token));
        done.Set();

        Assert.All(await Task.WhenAll(greedy), Assert.True);
    }

    [Fact]
    public async Task Nobody_waits_longer_than_his_time()
    {
        using var done = new ManualResetEventSlim();
        var soon = new RequestTime(TimeProvider.System, TimeProvider.System.GetTimestamp(), TimeSpan.FromMilliseconds(20));

        Assert.False(await threads.TryRunAsync("a", () => done.Wait(1, Token), soon, Token));
        done.Set();
    }

    [Fact]
    public async Task Caller_that_leaves_is_let_go()
    {
        using var done = new ManualResetEventSlim();
        using var caller = new CancellationTokenSource();
        var waiting = threads.TryRunAsync("a", () => done.Wait(1, Token), Forever, caller.Token);

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        done.Set();
    }

    [Fact]
    public async Task Exception_of_a_slice_is_its_requests_and_the_thread_goes_on()
    {
        await Assert.ThrowsAsync<FormatException>(() => threads.TryRunAsync("a", () => throw new FormatException(), Forever, Token));
        Assert.True(await threads.TryRunAsync("a", () => true, Forever, Token));
    }

    [Fact]
    public async Task What_still_waits_when_they_end_is_told()
    {
        using var done = new ManualResetEventSlim();
        var works = Enumerable.Range(0, 50).Select(_ => threads.TryRunAsync("a", () => done.Wait(1, Token), Forever, Token)).ToList();

        threads.Dispose();

        foreach (var work in works)
        {
            Assert.Equal(BridgeErrorKind.NoEngine, (await Assert.ThrowsAsync<BridgeException>(() => work)).Error.Kind);
        }

        await Assert.ThrowsAsync<BridgeException>(() => threads.TryRunAsync("a", () => true, Forever, Token));
    }
}
