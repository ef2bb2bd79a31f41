using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class SeatFinderTests : IAsyncDisposable
{
    private static readonly SeatWish Anyone = new(InProcessAllowed: true, AvoidWorkers: false);

    private readonly DispatchBench bench = new();
    private readonly List<Seat> taken = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        taken.ForEach(seat => seat.Dispose());
        await bench.DisposeAsync();
    }

    [Fact]
    public async Task Fastest_takes_the_faster_engine_and_the_other_one_for_what_would_wait()
    {
        var finder = await FinderAsync(EnginePreference.Fastest);
        finder.Speeds.Note(onWorker: true, 1_000, TimeSpan.FromSeconds(1));
        finder.Speeds.Note(onWorker: false, 2_000, TimeSpan.FromSeconds(1));

        Assert.Equal(["in-process", "in-process", "worker:0", "worker:0"], await TakeAsync(finder, 4));
    }

    [Fact]
    public async Task Fastest_waits_for_whichever_becomes_free_first_and_keeps_no_seat_of_the_other()
    {
        var finder = await FinderAsync(EnginePreference.Fastest);
        await TakeAsync(finder, 4);
        var waiting = finder.FindAsync(Anyone, Stop).AsTask();
        Assert.False(waiting.IsCompleted);

        taken.First(seat => seat.Engine.Name == "worker:0").Dispose();

        var seat = await waiting;
        Assert.Equal("worker:0", seat!.Engine.Name);
        seat.Dispose();
        taken.ForEach(seat => seat.Dispose());
        taken.Clear();
        Assert.Equal(4, (await TakeAsync(finder, 4)).Count);
    }

    [Theory]
    [InlineData(EnginePreference.Workers, "worker:0", false)]
    [InlineData(EnginePreference.InProcess, "in-process", false)]
    public async Task Preferred_engine_is_no_fallback(EnginePreference prefer, string engine, bool fallback)
    {
        var finder = await FinderAsync(prefer);

        using var seat = await finder.FindAsync(Anyone, Stop);

        Assert.Equal((engine, fallback), (seat!.Engine.Name, seat.Fallback));
    }

    [Fact]
    public async Task Text_that_must_avoid_workers_goes_to_them_only_when_nobody_else_can_compute_it()
    {
        var finder = await FinderAsync(EnginePreference.Workers);

        using var inProcess = await finder.FindAsync(Anyone with { AvoidWorkers = true }, Stop);
        using var worker = await finder.FindAsync(new SeatWish(InProcessAllowed: false, AvoidWorkers: true), Stop);

        Assert.Equal(("in-process", "worker:0"), (inProcess!.Engine.Name, worker!.Engine.Name));
        Assert.True(inProcess.Fallback);
    }

    [Fact]
    public async Task Engine_whose_loading_has_not_begun_is_waited_for()
    {
        // A model that is added while the host runs can be asked a moment before its engine is started.
        await using var coming = new InProcessEngine(() => FakeEngine.Answering(9, 9), 512, new RecordingLogger<InProcessEngine>());
        var finder = new SeatFinder(null, coming, bench.Options, () => false, bench.Time, bench.Log);
        var finding = finder.FindAsync(Anyone, Stop).AsTask();
        Assert.False(finding.IsCompleted);

        coming.Start();

        using var seat = await finding;
        Assert.Equal("in-process", seat!.Engine.Name);
    }

    private async Task<SeatFinder> FinderAsync(EnginePreference prefer)
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        bench.Add(peer => peer.Answering(1));
        bench.Options.Prefer = prefer;
        return new SeatFinder(bench.Pool, bench.InProcess, bench.Options, () => false, bench.Time, bench.Log);
    }

    private async Task<List<string>> TakeAsync(SeatFinder finder, int seats)
    {
        var names = new List<string>();
        for (var seat = 0; seat < seats; seat++)
        {
            taken.Add((await finder.FindAsync(Anyone, Stop))!);
            names.Add(taken[^1].Engine.Name);
        }

        return names;
    }
}
