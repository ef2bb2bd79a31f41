using AkiDb.Bridge.Supervision;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class SupervisionThreadTests : IDisposable
{
    private readonly SupervisionThread thread = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => thread.Dispose();

    [Fact]
    public async Task Timers_fire_in_order_on_a_thread_of_their_own()
    {
        var fired = new List<(string Name, string? Thread)>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var isSetUp = new ManualResetEventSlim();
        var holding = HoldUntilAsync(isSetUp);
        using var second = thread.CreateTimer(_ => Add("second"), null, TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
        using var first = thread.CreateTimer(_ => Add("first"), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        using var third = thread.CreateTimer(_ => last.SetResult(), null, TimeSpan.FromMilliseconds(40), Timeout.InfiniteTimeSpan);

        isSetUp.Set();

        await holding;
        await last.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Equal([("first", "akidb-supervision"), ("second", "akidb-supervision")], fired);

        void Add(string name) => fired.Add((name, Thread.CurrentThread.Name));
    }

    [Fact]
    public async Task Timer_that_was_changed_or_disposed_does_not_fire_as_it_was()
    {
        var fired = new List<string>();
        var last = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var isSetUp = new ManualResetEventSlim();
        var holding = HoldUntilAsync(isSetUp);
        var disposed = thread.CreateTimer(_ => fired.Add("disposed"), null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        disposed.Dispose();
        using var changed = thread.CreateTimer(_ => fired.Add("changed"), null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        changed.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        using var ends = thread.CreateTimer(_ => last.SetResult(), null, TimeSpan.FromMilliseconds(40), Timeout.InfiniteTimeSpan);
        isSetUp.Set();

        await holding;
        await last.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Equal(["changed"], fired);
    }

    [Fact]
    public async Task Timer_does_not_fire_before_its_time()
    {
        var fired = 0;
        using var later = thread.CreateTimer(_ => fired++, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
        await Task.Delay(TimeSpan.FromMilliseconds(1), thread, Stop);

        // What was due would have had its turn between the two.
        await Task.Delay(TimeSpan.FromMilliseconds(1), thread, Stop);

        Assert.Equal(0, fired);
    }

    [Fact]
    public Task It_may_be_disposed_by_what_runs_on_it() => thread.RunAsync(() =>
    {
        thread.Dispose();
        return Task.CompletedTask;
    }).WaitAsync(TimeSpan.FromMinutes(1), Stop);

    [Fact]
    public async Task Delay_and_deadline_keep_its_time()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(5), thread);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, thread, deadline.Token));
        await Task.Delay(TimeSpan.FromMilliseconds(1), thread, Stop);
    }

    [Fact]
    public async Task Timer_with_a_period_fires_again()
    {
        var fired = 0;
        var twice = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = thread.CreateTimer(
            _ =>
            {
                if (++fired == 2)
                {
                    twice.TrySetResult();
                }
            },
            null,
            TimeSpan.FromMilliseconds(1),
            TimeSpan.FromMilliseconds(1));

        await twice.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);
    }

    [Fact]
    public async Task What_is_run_on_it_goes_on_on_it_whoever_completes_what_it_waits_for()
    {
        var outside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var names = new List<string?>();
        var running = thread.RunAsync(() =>
        {
            var going = GoAsync();
            waits.SetResult();
            return going;
        });
        await waits.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);
        outside.SetResult();

        await running.WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Equal(["akidb-supervision", "akidb-supervision", "akidb-supervision"], names);

        async Task GoAsync()
        {
            names.Add(Thread.CurrentThread.Name);
            await outside.Task;
            names.Add(Thread.CurrentThread.Name);
            await Task.Delay(TimeSpan.FromMilliseconds(1), thread, Stop);
            names.Add(Thread.CurrentThread.Name);
        }
    }

    [Fact]
    public async Task What_still_waits_when_it_is_disposed_goes_on_elsewhere()
    {
        var outside = new TaskCompletionSource();
        var running = thread.RunAsync(() => outside.Task);
        var late = thread.RunAsync(async () => await outside.Task);
        thread.Dispose();
        outside.SetResult();

        await Task.WhenAll(running, late).WaitAsync(TimeSpan.FromMinutes(1), Stop);
    }

    // Nothing fires before all is set up, however long that takes.
    private Task HoldUntilAsync(ManualResetEventSlim isSetUp) => thread.RunAsync(() =>
    {
        isSetUp.Wait(Stop);
        return Task.CompletedTask;
    });
}
