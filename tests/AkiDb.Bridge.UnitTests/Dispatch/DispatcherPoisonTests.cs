using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatcherPoisonTests : IAsyncDisposable
{
    private const int Poison = 666;

    private readonly DispatchBench bench = new();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    [Fact]
    public async Task Poison_among_31_good_texts_gets_the_error_alone_after_at_most_7_deaths()
    {
        await using var workers = new MortalWorkers(bench, frame => frame.Ids.Contains(Poison));
        int[] texts = [.. Enumerable.Range(1, 20), Poison, .. Enumerable.Range(21, 11)];

        var (parts, rows) = await workers.DispatchAsync(MortalWorkers.Texts(texts));

        Assert.Equal(7, workers.Deaths);
        var refused = Assert.Single(parts, part => part.Reply.Error is not null);
        Assert.Equal((20, 1, BridgeErrorKind.PoisonInput), (refused.First, refused.Texts, refused.Reply.Error!.Kind));
        foreach (var part in parts.Where(part => part.Reply.Error is null))
        {
            Assert.All(Enumerable.Range(part.First, part.Texts), text => Assert.Equal(texts[text], rows[text * 2]));
        }

        Assert.Equal(32, parts.Sum(part => part.Texts));
        Assert.True(bench.Dispatcher.Poison.RecordOf([Poison, Poison]).IsPoison);
        Assert.False(bench.Dispatcher.Poison.RecordOf([1, 1]).IsSuspect);
    }

    [Fact]
    public async Task Poison_alone_has_to_kill_three_times()
    {
        await using var workers = new MortalWorkers(bench, frame => frame.Ids.Contains(Poison));

        var (parts, _) = await workers.DispatchAsync(MortalWorkers.Texts(Poison));

        Assert.Equal(3, workers.Deaths);
        Assert.Equal((BridgeErrorKind.PoisonInput, 0), (Assert.Single(parts).Reply.Error!.Kind, parts[0].Reply.Error!.InputIndex));
    }

    [Fact]
    public async Task Worker_that_somebody_killed_says_nothing_against_its_batch()
    {
        var killed = 0;
        await using var workers = new MortalWorkers(bench, _ => ++killed <= 4, suspected: false);

        var (parts, _) = await workers.DispatchAsync(MortalWorkers.Texts(1, 2));

        Assert.Null(Assert.Single(parts).Reply.Error);
        Assert.False(bench.Dispatcher.Poison.RecordOf([1, 1]).IsSuspect);
    }

    [Fact]
    public async Task Text_whose_workers_are_killed_by_somebody_again_and_again_is_no_poison()
    {
        await using var workers = new MortalWorkers(bench, _ => true, suspected: false);

        var (parts, _) = await workers.DispatchAsync(MortalWorkers.Texts(1));

        Assert.Equal(BridgeErrorKind.EngineFault, Assert.Single(parts).Reply.Error!.Kind);
        Assert.False(bench.Dispatcher.Poison.RecordOf([1, 1]).IsSuspect);
    }

    [Fact]
    public async Task Verdict_on_a_worker_that_died_is_waited_for()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        var (peer, worker) = bench.Add();
        var dispatch = bench.DispatchAsync();
        await peer.ReceiveAsync();
        peer.Die();
        await worker.Connection.Closed;
        Assert.False(dispatch.IsCompleted);

        worker.MarkExited(new ExitNotice("It ended with signal 11 (SIGSEGV).", InputSuspected: true));

        Assert.Equal("in-process", (await bench.ReplyAsync(dispatch)).Engine);
        Assert.True(bench.Dispatcher.Poison.RecordOf(InMemoryWorker.Batch().Ids.Span).IsSuspect);
        Assert.Contains(bench.Log.Entries, entry => entry.Message.Contains("It ended with signal 11 (SIGSEGV).", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_process_engine_answers_what_killed_a_worker_and_workers_are_spared_it_for_a_while()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        await using var workers = new MortalWorkers(bench, frame => frame.Ids.Contains(Poison));

        var (parts, _) = await workers.DispatchAsync(MortalWorkers.Texts(Poison), inProcessAllowed: true);

        Assert.Equal((1, "in-process", null), (workers.Deaths, parts[0].Reply.Engine, parts[0].Reply.Error));
        Assert.Equal(new PoisonRecord(1, IsPoison: false), bench.Dispatcher.Poison.RecordOf([Poison, Poison]));
        bench.Time.Advance(bench.Options.PoisonMemory);
        Assert.False(bench.Dispatcher.Poison.RecordOf([Poison, Poison]).IsSuspect);
    }

    [Fact]
    public async Task Deaths_of_earlier_requests_count()
    {
        await using var workers = new MortalWorkers(bench, frame => frame.Ids.Contains(Poison));
        bench.Dispatcher.Poison.RecordDeath(MortalWorkers.Texts(Poison));
        bench.Dispatcher.Poison.RecordDeath(MortalWorkers.Texts(Poison));

        var (parts, _) = await workers.DispatchAsync(MortalWorkers.Texts(Poison));

        Assert.Equal((1, BridgeErrorKind.PoisonInput), (workers.Deaths, parts[0].Reply.Error!.Kind));
    }

    [Fact]
    public async Task Worker_that_turns_silent_is_left_at_once_and_what_it_hung_on_is_remembered()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(9, 9));
        var (peer, worker) = bench.Add();
        var dispatch = bench.DispatchAsync();
        await peer.ReceiveAsync();

        worker.MarkUnresponsive();

        Assert.Equal("in-process", (await bench.ReplyAsync(dispatch)).Engine);
        Assert.False(bench.Dispatcher.Poison.RecordOf(InMemoryWorker.Batch().Ids.Span).IsSuspect);
        worker.MarkExited(new ExitNotice("It hung.", InputSuspected: true));
        Assert.True(bench.Dispatcher.Poison.RecordOf(InMemoryWorker.Batch().Ids.Span).IsSuspect);
    }

    [Fact]
    public async Task Batch_that_is_too_large_for_the_workers_memory_is_halved_until_it_fits()
    {
        bench.Add(peer => peer.Serving(frame => frame.Lengths.Length > 4
            ? WorkerFrames.Error(frame.Id, "out_of_memory")
            : WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, [.. frame.Ids.Select(id => (float)id)])));
        var rows = new float[26];

        var parts = new List<BatchPart>();
        await bench.Dispatcher.DispatchAsync(
            MortalWorkers.Texts([.. Enumerable.Range(0, 13)]), rows, new EngineRequirements(false, false), null, TimeSpan.FromSeconds(30), parts.Add, TestContext.Current.CancellationToken);

        Assert.All(parts, part => Assert.Null(part.Reply.Error));
        Assert.Equal(Enumerable.Range(0, 13).SelectMany(text => new float[] { text, text }), rows);
        Assert.False(bench.Dispatcher.CircuitOpen);
    }

    [Fact]
    public async Task Text_that_no_engine_can_compute_does_not_cost_its_neighbours_theirs()
    {
        await bench.WithInProcessAsync(new FakeEngine((batch, rows, _) =>
        {
            rows.Span.Fill(batch.Ids.Span.Contains(Poison) ? float.NaN : 1);
            return new(new EngineReply(null, TimeSpan.Zero));
        }));
        await using var workers = new MortalWorkers(bench, frame => frame.Ids.Contains(Poison), suspected: false);

        var (parts, _) = await workers.DispatchAsync(MortalWorkers.Texts(1, Poison, 3, 4), inProcessAllowed: true);

        Assert.Equal([1], parts.Where(part => part.Reply.Error is not null).SelectMany(part => Enumerable.Range(part.First, part.Texts)));
    }
}
