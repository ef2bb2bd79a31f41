using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class WorkerPoolTests : IAsyncLifetime
{
    private static readonly BridgeError NoPython = new(BridgeErrorKind.NoEngine, "There is no Python.");

    private readonly FakeTimeProvider time = new();
    private readonly InMemoryWorker first = new();
    private readonly InMemoryWorker second = new();
    private readonly WorkerPool pool;
    private readonly Worker worker;

    public WorkerPoolTests()
    {
        pool = new WorkerPool(2, time);
        worker = first.AsWorker();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await first.DisposeAsync();
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Seats_are_bounded_and_given_first_come_first_served()
    {
        pool.Add(worker);
        var a = await LeaseAsync();
        var b = await LeaseAsync();
        var c = LeaseAsync();
        var d = LeaseAsync();
        Assert.False(c.IsCompleted || d.IsCompleted);

        a!.Dispose();

        var third = await c;
        Assert.False(d.IsCompleted);
        third!.Dispose();
        (await d)!.Dispose();
        b!.Dispose();
    }

    [Fact]
    public async Task Seat_given_back_twice_is_one_seat()
    {
        pool.Add(worker);
        var a = await LeaseAsync();
        await LeaseAsync();

        a!.Dispose();
        a.Dispose();

        await LeaseAsync();
        Assert.False(LeaseAsync().IsCompleted);
    }

    [Fact]
    public async Task Least_busy_worker_is_chosen()
    {
        var other = second.AsWorker(1);
        pool.Add(worker);
        pool.Add(other);

        Worker[] chosen = [(await LeaseAsync())!.Worker, (await LeaseAsync())!.Worker];

        Assert.Equal([worker, other], chosen.OrderBy(one => one.Slot));
    }

    [Fact]
    public async Task Without_a_worker_only_those_wait_who_want_to()
    {
        Assert.Null(await LeaseAsync());
        var patient = LeaseAsync(waitForComing: true);

        pool.Add(worker);

        Assert.Same(worker, (await patient)!.Worker);
    }

    [Fact]
    public async Task Last_worker_that_leaves_sends_the_impatient_away()
    {
        pool.Add(worker);
        var held = await LeaseAsync();
        await LeaseAsync();
        var impatient = LeaseAsync();
        var patient = LeaseAsync(waitForComing: true);

        pool.Remove(worker);

        Assert.Null(await impatient);
        Assert.False(patient.IsCompleted);
        held!.Dispose();
        Assert.False(patient.IsCompleted, "A seat on a worker that has left was given away.");
        pool.Add(second.AsWorker());
        Assert.NotNull(await patient);
    }

    [Fact]
    public async Task Worker_whose_pipe_has_closed_gets_nothing_new()
    {
        pool.Add(worker);
        first.CloseOutput();
        await worker.Connection.Closed;
        var waiting = LeaseAsync();
        Assert.False(waiting.IsCompleted);

        pool.Add(second.AsWorker(1));

        Assert.Equal(1, (await waiting)!.Worker.Slot);
    }

    [Fact]
    public async Task Outage_sends_everyone_away_until_a_worker_comes()
    {
        var patient = LeaseAsync(waitForComing: true);

        pool.ReportOutage(NoPython);

        Assert.Null(await patient);
        Assert.Null(await LeaseAsync(waitForComing: true));
        Assert.Same(NoPython, pool.Outage);
        pool.Add(worker);
        Assert.Null(pool.Outage);
        Assert.NotNull(await LeaseAsync());
    }

    [Fact]
    public async Task Outage_reported_while_another_worker_serves_is_none()
    {
        pool.Add(worker);
        pool.ReportOutage(NoPython);

        pool.Remove(worker);

        Assert.Null(pool.Outage);
        Assert.False(LeaseAsync(waitForComing: true).IsCompleted, "The slot of the worker that served will fill again.");
        await Task.CompletedTask;
    }

    [Fact]
    public async Task Outage_is_one_when_every_slot_reports_it()
    {
        var two = new WorkerPool(2, time, slots: 2);
        var patient = two.LeaseAsync(waitForComing: true, Stop).AsTask();

        two.ReportOutage(NoPython, slot: 0);
        two.ReportOutage(NoPython, slot: 0);
        Assert.Null(two.Outage);
        Assert.False(patient.IsCompleted);
        two.ReportOutage(NoPython, slot: 1);

        Assert.Null(await patient);
        Assert.Same(NoPython, two.Outage);
    }

    [Fact]
    public async Task Suspended_worker_gets_nothing_new_and_keeps_count_of_what_it_has()
    {
        pool.Add(worker);
        var a = await LeaseAsync();
        var b = await LeaseAsync();
        var empty = pool.Suspend(worker);
        Assert.Null(await LeaseAsync());
        a!.Dispose();
        Assert.False(empty.IsCompleted);

        pool.Add(worker);

        Assert.NotNull(await LeaseAsync());
        Assert.False(LeaseAsync().IsCompleted, "It holds one seat from before.");
        b!.Dispose();
    }

    [Fact]
    public async Task Suspended_worker_is_empty_when_its_last_seat_is_given_back()
    {
        pool.Add(worker);
        var a = await LeaseAsync();
        var b = await LeaseAsync();
        var empty = pool.Suspend(worker);

        a!.Dispose();
        Assert.False(empty.IsCompleted);
        b!.Dispose();

        await empty;
        Assert.True(pool.Suspend(second.AsWorker(1)).IsCompleted, "A worker that is not in the pool holds nothing up.");
    }

    [Fact]
    public async Task Cancelled_waiter_leaves_the_queue_and_no_seat_is_lost()
    {
        pool.Add(worker);
        var a = await LeaseAsync();
        await LeaseAsync();
        using var impatience = new CancellationTokenSource();
        var leaving = pool.LeaseAsync(false, impatience.Token).AsTask();
        var staying = LeaseAsync();

        await impatience.CancelAsync();
        a!.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.NotNull(await staying);
    }

    [Fact]
    public async Task Serving_counts_from_the_end_of_the_last_break()
    {
        Assert.Null(pool.Serving);
        pool.Add(worker);
        Assert.Equal(TimeSpan.MaxValue, pool.Serving);
        pool.Remove(worker);
        Assert.Null(pool.Serving);

        pool.Add(worker);
        time.Advance(TimeSpan.FromSeconds(3));
        pool.Add(second.AsWorker(1));
        pool.Remove(worker);

        Assert.Equal(TimeSpan.FromSeconds(3), pool.Serving);
        await Task.CompletedTask;
    }

    private Task<WorkerLease?> LeaseAsync(bool waitForComing = false) => pool.LeaseAsync(waitForComing, Stop).AsTask();
}
