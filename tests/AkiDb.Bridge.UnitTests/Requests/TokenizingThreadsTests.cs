using System.Collections.Concurrent;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.UnitTests.Doubles;

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Work_does_not_wait_for_other_work_while_there_may_be_one_more_thread(bool ofOneCaller)
    {
        using var four = new TokenizingThreads(4);
        using var together = new CountdownEvent(4);
        var works = new List<Task<bool>>();
        for (var work = 0; work < 4; work++)
        {
            var left = together.CurrentCount;
            works.Add(four.TryRunAsync(ofOneCaller ? "a" : $"{work}", Slice, Forever, Token));
            await Soon.UntilAsync(() => together.CurrentCount == left - 1);
        }

        Assert.All(await Task.WhenAll(works), Assert.True);

        bool Slice()
        {
            together.Signal();
            together.Wait(Token);
            return true;
        }
    }

    [Fact]
    public async Task Half_of_the_cores_is_left_to_others()
    {
        var used = new ConcurrentDictionary<Thread, bool>();
        var works = Enumerable.Range(0, 64).Select(caller => threads.TryRunAsync($"{caller}", Slice(), Forever, Token)).ToList();

        Assert.All(await Task.WhenAll(works), Assert.True);
        Assert.InRange(used.Count, 1, Math.Max(1, Environment.ProcessorCount / 2));
        Assert.All(used.Keys, thread => Assert.True(thread.IsBackground));

        Func<bool> Slice()
        {
            var slices = 0;
            return () =>
            {
                used.TryAdd(Thread.CurrentThread, true);
                Thread.Yield();
                return ++slices == 50;
            };
        }
    }

    [Fact]
    public async Task Work_that_was_begun_is_done_before_its_callers_next()
    {
        using var one = new TokenizingThreads(1);
        using var ready = new ManualResetEventSlim();
        var order = new List<string>();
        var first = one.TryRunAsync("another", () => ready.Wait(Timeout.Infinite, Token), Forever, Token);
        var works = new[] { "a", "b" }.Select(name => one.TryRunAsync("caller", Slices(name), Forever, Token)).ToList();

        ready.Set();

        Assert.True(await first);
        Assert.All(await Task.WhenAll(works), Assert.True);
        Assert.Equal(["a", "a", "a", "b", "b", "b"], order);

        Func<bool> Slices(string name)
        {
            var slices = 0;
            return () =>
            {
                order.Add(name);
                return ++slices == 3;
            };
        }
    }

    [Fact]
    public async Task Request_whose_time_was_over_before_is_not_waited_for()
    {
        using var done = new ManualResetEventSlim();
        var over = new RequestTime(TimeProvider.System, TimeProvider.System.GetTimestamp() - (10 * TimeProvider.System.TimestampFrequency), TimeSpan.FromSeconds(1));

        Assert.False(await threads.TryRunAsync("a", () => done.Wait(1, Token), over, Token));
        done.Set();
    }

    [Fact]
    public async Task No_thread_is_left_when_they_have_ended()
    {
        Thread? idle = null;
        Assert.True(await threads.TryRunAsync(
            "a",
            () =>
            {
                idle = Thread.CurrentThread;
                return true;
            },
            Forever,
            Token));

        threads.Dispose();

        Assert.False(idle!.IsAlive);
    }

    [Fact]
    public async Task Slice_that_runs_when_they_end_is_waited_for()
    {
        using var begun = new ManualResetEventSlim();
        var isDone = false;
        var running = threads.TryRunAsync(
            "a",
            () =>
            {
                begun.Set();
                for (var turn = 0; turn < 10_000; turn++)
                {
                    Thread.Yield();
                }

                return isDone = true;
            },
            Forever,
            Token);
        begun.Wait(Token);

        threads.Dispose();

        Assert.True(isDone);
        Assert.True(await running);
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
