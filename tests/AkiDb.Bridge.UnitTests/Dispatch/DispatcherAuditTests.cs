using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatcherAuditTests : IAsyncDisposable
{
    private readonly DispatchBench bench = new();

    public async ValueTask DisposeAsync() => await bench.DisposeAsync();

    [Fact]
    public async Task Worker_whose_row_another_engine_computes_well_is_out_and_what_it_has_in_flight_fails()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(1, 2));
        var (_, worker) = bench.Add(peer => peer.Serving(frame => frame.Lengths.Length == 1 ? WorkerFrames.Rows(frame.Id, 1, 2, [float.NaN, 1]) : null));
        var other = worker.EmbedAsync(InMemoryWorker.Batch(2), new float[4], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken).AsTask();

        var reply = await bench.ReplyAsync(bench.DispatchAsync());

        Assert.Equal(("in-process", null), (reply.Engine, reply.Error));
        Assert.Contains("does not give", await worker.Connection.Closed, StringComparison.Ordinal);
        Assert.Equal(BridgeErrorKind.EngineFault, (await other).Error!.Kind);
        Assert.Null(bench.Pool.TryLease());
    }

    [Fact]
    public async Task Worker_stays_when_nobody_computes_the_text_well()
    {
        await bench.WithInProcessAsync(FakeEngine.Answering(float.NaN, 1));
        var (_, worker) = bench.Add(peer => peer.Answering(float.NaN));

        var reply = await bench.ReplyAsync(bench.DispatchAsync());

        Assert.Equal((BridgeErrorKind.EngineFault, 0), (reply.Error!.Kind, reply.Error.InputIndex!.Value));
        Assert.False(worker.Connection.Closed.IsCompleted);
        Assert.NotNull(bench.InProcess!.Current);
    }

    [Fact]
    public async Task In_process_engine_whose_row_a_worker_computes_well_is_out()
    {
        bench.Options.Prefer = EnginePreference.InProcess;
        await bench.WithInProcessAsync(FakeEngine.Answering(float.NaN, 1));
        bench.Add(peer => peer.Answering(3));

        var reply = await bench.ReplyAsync(bench.DispatchAsync());

        Assert.Equal(("worker:0", null), (reply.Engine, reply.Error));
        Assert.Null(bench.InProcess!.Current);
        Assert.Contains("does not give", bench.InProcess.Refusal!.Message, StringComparison.Ordinal);
    }
}
