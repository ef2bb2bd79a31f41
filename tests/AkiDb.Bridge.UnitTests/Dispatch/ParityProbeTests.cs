using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class ParityProbeTests
{
    // A cosine of 0.9995 with (1, 0), three times.
    private static readonly float[] Close = [0.9995f, 0.0316188f, 0.9995f, 0.0316188f, 0.9995f, 0.0316188f];
    private static readonly float[] LastDiffers = [1, 0, 1, 0, 0, 1];

    private readonly FakeTimeProvider time = new();
    private readonly RecordingLogger<ParityProbe> log = new();

    [Fact]
    public async Task Engines_that_agree_are_interchangeable()
    {
        Assert.Null(await CompareAsync(FakeEngine.Answering(1, 2), FakeEngine.Answering(1, 2)));
        Assert.Contains(log.Entries, entry => entry.Message.Contains("1.0000000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Engines_that_disagree_are_not_and_the_error_says_by_how_much()
    {
        var error = await CompareAsync(FakeEngine.Answering(1, 0), FakeEngine.Answering(0.6f, 0.8f));

        Assert.Contains("0.600000", error!.Message, StringComparison.Ordinal);
        Assert.Contains("0.9999", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task One_text_that_disagrees_is_enough()
    {
        var second = new FakeEngine((_, rows, _) =>
        {
            LastDiffers.CopyTo(rows);
            return new(new EngineReply(null, TimeSpan.Zero));
        });

        Assert.NotNull(await CompareAsync(FakeEngine.Answering(1, 0), second));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(0f)]
    public async Task Rows_without_a_direction_never_pass_for_agreement(float value)
    {
        Assert.NotNull(await CompareAsync(FakeEngine.Answering(1, 1), FakeEngine.Answering(value, value)));
        Assert.NotNull(await CompareAsync(FakeEngine.Answering(value, value), FakeEngine.Answering(value, value)));
    }

    [Theory]
    [InlineData("bfloat16", true)]
    [InlineData("float16", true)]
    [InlineData("float32", false)]
    public async Task Half_precision_may_differ_more(string precision, bool agrees)
    {
        var second = new FakeEngine(
            (_, rows, _) =>
            {
                Close.CopyTo(rows);
                return new(new EngineReply(null, TimeSpan.Zero));
            },
            precision);

        Assert.Equal(agrees, await CompareAsync(FakeEngine.Answering(1, 0), second) is null);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Probe_that_cannot_be_computed_may_be_tried_again(bool firstFails)
    {
        var (good, bad) = (FakeEngine.Answering(1, 0), FakeEngine.Failing(BridgeErrorKind.EngineFault, "It died."));

        var error = await (firstFails ? CompareAsync(bad, good) : CompareAsync(good, bad));

        Assert.Contains("It died.", error!.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task Engine_that_hangs_on_the_probe_is_not_waited_for_without_end()
    {
        var comparison = CompareAsync(FakeEngine.Answering(1, 0), FakeEngine.Hanging());

        var error = await Soon.AdvanceUntilAsync(time, TimeSpan.FromSeconds(10), comparison);

        Assert.True(error!.IsTransient);
        Assert.Contains("00:00:30", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float32", "float32", false)]
    [InlineData("float16", "float32", true)]
    [InlineData("float32", "bfloat16", true)]
    public async Task Known_text_among_others_may_differ_more_in_half_precision(string ofReference, string ofEngine, bool agrees)
    {
        using var probe = Probe();
        var reference = new FakeEngine(
            (batch, rows, _) =>
            {
                Enumerable.Range(0, batch.Texts * 2).Select(value => 1f - (value % 2)).ToArray().CopyTo(rows);
                return new(new EngineReply(null, TimeSpan.Zero));
            },
            ofReference);
        Assert.Null(await probe.CheckAsync(reference, reference, Stop));

        // A cosine of 0.995 with (1, 0).
        Assert.Equal(agrees, probe.Difference(probe.KnownTexts[0], [0.995f, 0.0998749f], ofEngine) is null);
    }

    [Fact]
    public async Task Text_whose_row_is_zero_is_none_to_compare_with()
    {
        using var probe = new ParityProbe(InMemoryWorker.Batch(3), new RowValidator(2, 2, mayBeZero: true), time, log);
        var engine = new FakeEngine((_, rows, _) =>
        {
            new float[] { 1, 0, 0, 0, 0, 1 }.CopyTo(rows);
            return new(new EngineReply(null, TimeSpan.Zero));
        });

        Assert.Null(await probe.CheckAsync(engine, engine, Stop));

        Assert.Equal([0, 2], probe.KnownTexts.Select(text => text.Index).Order());
    }

    [Fact]
    public async Task Reference_is_computed_once()
    {
        using var probe = Probe();
        var inProcess = FakeEngine.Answering(1, 2);

        Assert.Null(await probe.CheckAsync(FakeEngine.Answering(1, 2), inProcess, Stop));
        Assert.Null(await probe.CheckAsync(FakeEngine.Answering(1, 2), inProcess, Stop));
        Assert.NotNull(await probe.CheckAsync(FakeEngine.Answering(2, 1), inProcess, Stop));

        Assert.Equal(1, inProcess.Calls);
    }

    [Fact]
    public async Task Without_an_in_process_engine_the_first_engine_gives_the_reference()
    {
        using var probe = Probe();

        Assert.Null(await probe.CheckAsync(FakeEngine.Answering(1, 2), null, Stop));

        Assert.Null(await probe.CheckAsync(FakeEngine.Answering(1, 2), null, Stop));
        Assert.NotNull(await probe.CheckAsync(FakeEngine.Answering(2, 1), null, Stop));
    }

    [Fact]
    public async Task Engine_without_a_direction_does_not_become_the_reference()
    {
        using var probe = Probe();

        Assert.NotNull(await probe.CheckAsync(FakeEngine.Answering(float.NaN, 1), null, Stop));

        Assert.Null(await probe.CheckAsync(FakeEngine.Answering(1, 2), null, Stop));
    }

    [Fact]
    public async Task What_follows_the_vector_in_a_row_is_not_compared()
    {
        using var probe = new ParityProbe(InMemoryWorker.Batch(3), new RowValidator(2, 3, mayBeZero: false), time, log);

        Assert.Null(await probe.CheckAsync(FakeEngine.Answering(1, 2, 1000), FakeEngine.Answering(1, 2, -7), Stop));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ParityProbe Probe() => new(InMemoryWorker.Batch(3), new RowValidator(2, 2, mayBeZero: false), time, log);

    private async Task<BridgeError?> CompareAsync(FakeEngine first, FakeEngine second)
    {
        using var probe = Probe();
        return await probe.CheckAsync(second, first, Stop);
    }
}
