using System.Collections.Concurrent;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class WorkerPoolStressTests
{
    private const int Seats = 2;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_seat_is_lost_or_given_twice_while_workers_come_and_callers_leave(int seed)
    {
        await using var one = new InMemoryWorker();
        await using var two = new InMemoryWorker();
        Worker[] workers = [one.AsWorker(0), two.AsWorker(1)];
        var pool = new WorkerPool(Seats, TimeProvider.System);
        var busy = new ConcurrentDictionary<Worker, int>();
        using var done = new CancellationTokenSource();
        var churn = Task.Run(() => ChurnAsync(pool, workers[0], new Random(seed), done.Token), Stop);
        pool.Add(workers[1]);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(() => CallAsync(pool, busy, new Random((seed * 100) + caller)), Stop)));

        await done.CancelAsync();
        await churn;
        pool.Remove(workers[0]);
        var all = await Task.WhenAll(Enumerable.Range(0, Seats).Select(_ => pool.LeaseAsync(false, Stop).AsTask()))
            .WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.All(all, lease => Assert.Same(workers[1], lease!.Worker));
        Assert.False(pool.LeaseAsync(false, Stop).AsTask().IsCompleted);
    }

    private static async Task ChurnAsync(WorkerPool pool, Worker worker, Random random, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            pool.Add(worker);
            await YieldAsync(random.Next(20));
            pool.Remove(worker);
            await YieldAsync(random.Next(5));
        }
    }

    private static async Task CallAsync(WorkerPool pool, ConcurrentDictionary<Worker, int> busy, Random random)
    {
        for (var call = 0; call < 2_000; call++)
        {
            using var patience = new CancellationTokenSource();
            var lease = pool.LeaseAsync(random.Next(2) == 0, patience.Token).AsTask();
            if (random.Next(3) == 0)
            {
                await patience.CancelAsync();
            }

            try
            {
                using var seat = await lease.WaitAsync(TimeSpan.FromSeconds(10), Stop);
                if (seat is { Worker.Slot: 1 })
                {
                    Assert.InRange(busy.AddOrUpdate(seat.Worker, 1, static (_, count) => count + 1), 1, Seats);
                    await YieldAsync(random.Next(3));
                    busy.AddOrUpdate(seat.Worker, 0, static (_, count) => count - 1);
                }
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                // This caller has left the queue.
            }
        }
    }

    private static async Task YieldAsync(int times)
    {
        for (; times > 0; times--)
        {
            await Task.Yield();
        }
    }
}
