using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class InProcessEngineTests
{
    private readonly RecordingLogger<InProcessEngine> log = new();

    [Fact]
    public async Task Engine_serves_when_it_is_loaded_and_is_disposed_once()
    {
        var engine = FakeEngine.Answering(1);
        var inProcess = new InProcessEngine(() => engine, 512, log);
        Assert.Null(inProcess.Current);
        Assert.True(inProcess.IsLoading);

        inProcess.Start();
        await inProcess.Loaded;

        Assert.Same(engine, inProcess.Current);
        await inProcess.DisposeAsync();
        await inProcess.DisposeAsync();
        Assert.Equal(1, engine.Disposals);
    }

    [Fact]
    public async Task Engine_whose_known_rows_are_wrong_never_serves_and_is_disposed_all_the_same()
    {
        var engine = FakeEngine.Answering(0);
        var refused = new BridgeError(BridgeErrorKind.NoEngine, "Its vectors are zero.");
        var inProcess = new InProcessEngine(() => engine, 512, log) { Check = (_, _) => Task.FromResult<BridgeError?>(refused) };

        inProcess.Start();
        await inProcess.Loaded;

        Assert.Null(inProcess.Current);
        Assert.Null(inProcess.TryLease(fallback: false));
        Assert.Equal("Its vectors are zero.", inProcess.Refusal!.Message);
        await inProcess.DisposeAsync();
        Assert.Equal(1, engine.Disposals);
    }

    [Fact]
    public async Task Engine_that_could_not_compute_what_is_known_this_time_goes_on_and_its_check_ends_with_it()
    {
        var engine = FakeEngine.Answering(1);
        var transient = new InProcessEngine(() => engine, 512, log)
        {
            Check = (_, _) => Task.FromResult<BridgeError?>(new BridgeError(BridgeErrorKind.EngineFault, "No memory.")),
        };
        transient.Start();
        await transient.Loaded;
        await transient.DisposeAsync();
        Assert.Null(transient.Refusal);

        var endless = new InProcessEngine(() => engine, 512, log)
        {
            Check = async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return null;
            },
        };
        endless.Start();
        Assert.Null(endless.Current);
        await endless.DisposeAsync();
        Assert.Null(endless.Refusal);
    }

    [Fact]
    public async Task Who_waits_for_an_engine_that_is_expelled_gets_no_lease_on_it_and_keeps_no_permit()
    {
        await using var inProcess = new InProcessEngine(() => FakeEngine.Answering(1), 512, log);
        inProcess.Start();
        await inProcess.Loaded;
        var leases = new[] { inProcess.TryLease(fallback: false)!, inProcess.TryLease(fallback: false)! };
        var waiting = Enumerable.Range(0, 5).Select(_ => inProcess.LeaseAsync(fallback: false, TestContext.Current.CancellationToken).AsTask()).ToList();

        inProcess.Expel("Its rows are wrong.");
        leases[0].Dispose();
        leases[1].Dispose();

        Assert.All(await Task.WhenAll(waiting), Assert.Null);
    }

    [Fact]
    public async Task Load_is_under_way_until_it_has_ended()
    {
        using var gate = new ManualResetEventSlim();
        await using var inProcess = new InProcessEngine(() => Load(gate), 512, log);

        inProcess.Start();

        Assert.True(inProcess.IsLoading);
        gate.Set();
        await inProcess.Loaded;
        Assert.False(inProcess.IsLoading);
    }

    [Fact]
    public async Task End_waits_for_a_load_that_is_under_way_and_disposes_what_it_has_loaded()
    {
        using var goesOn = new ManualResetEventSlim();
        var engine = FakeEngine.Answering(1);
        var inProcess = new InProcessEngine(
            () =>
            {
                goesOn.Wait(TestContext.Current.CancellationToken);
                return engine;
            },
            512,
            log);
        inProcess.Start();

        var ending = inProcess.DisposeAsync().AsTask();

        Assert.False(ending.IsCompleted);
        goesOn.Set();
        await ending;
        Assert.Equal(1, engine.Disposals);
    }

    [Fact]
    public async Task Load_that_fails_leaves_its_reason()
    {
        await using var inProcess = new InProcessEngine(() => throw new BridgeException(BridgeErrorKind.BadModel, "The file is cut."), 512, log);

        inProcess.Start();
        await inProcess.Loaded;

        Assert.Null(inProcess.Current);
        Assert.Equal("The file is cut.", inProcess.Refusal!.Message);
    }

    [Fact]
    public async Task Load_that_fails_unexpectedly_is_a_refusal_as_well()
    {
        // What a machine without ONNX Runtime's native library throws.
        await using var inProcess = new InProcessEngine(() => throw new DllNotFoundException("No libonnxruntime."), 512, log);

        inProcess.Start();
        await inProcess.Loaded;

        Assert.Null(inProcess.Current);
        Assert.Contains("No libonnxruntime.", inProcess.Refusal!.Message, StringComparison.Ordinal);
        Assert.Contains(log.Entries, entry => entry.Message.Contains("No libonnxruntime.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Engine_that_was_never_started_is_disposed_and_expected_no_longer()
    {
        var inProcess = new InProcessEngine(() => FakeEngine.Answering(1), 512, log);

        await inProcess.DisposeAsync();

        Assert.False(inProcess.IsLoading);
        Assert.Null(inProcess.Current);
    }

    private static FakeEngine Load(ManualResetEventSlim gate)
    {
        gate.Wait(TestContext.Current.CancellationToken);
        return FakeEngine.Answering(1);
    }
}
