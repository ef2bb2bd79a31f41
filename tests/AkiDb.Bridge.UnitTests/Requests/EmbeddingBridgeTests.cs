using System.Diagnostics;
using System.Diagnostics.Metrics;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Requests;

/// <summary>What a request leaves behind, answered or not, and what comes out where something fails that nobody has foreseen.</summary>
public sealed class EmbeddingBridgeTests
{
    private static readonly EmbeddingRequest Request = new() { Inputs = ["a"] };

    private readonly RecordingLogger<EmbeddingBridge> log = new();
    private readonly ResourceLedger ledger = new(new AdmissionOptions());

    [Fact]
    public async Task Unexpected_exception_is_an_internal_error_and_logged_once()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(new InvalidOperationException("/secret")).EmbedAsync(Request, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.Internal, error.Error.Kind);
        Assert.DoesNotContain("/secret", error.Message, StringComparison.Ordinal);
        Assert.Equal(LogLevel.Error, Assert.Single(log.Entries).Level);
    }

    [Fact]
    public async Task Memory_that_is_not_there_is_one_requests_error()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(new InsufficientMemoryException()).EmbedAsync(Request, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.OutOfMemory, error.Error.Kind);
        Assert.Single(log.Entries);
    }

    [Fact]
    public async Task Refusal_and_a_caller_that_leaves_come_out_as_they_are_and_are_not_logged()
    {
        var refusal = new BridgeException(BridgeErrorKind.TooLong, "It is too long.");
        Assert.Same(refusal, await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(refusal).EmbedAsync(Request, TestContext.Current.CancellationToken)));

        var gone = new CancellationToken(canceled: true);
        await Assert.ThrowsAsync<OperationCanceledException>(() => BridgeOf(new OperationCanceledException(gone)).EmbedAsync(Request, gone));
        Assert.Empty(log.Entries);
    }

    [Fact]
    public async Task Cancellation_that_is_not_the_callers_is_an_internal_error()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => BridgeOf(new OperationCanceledException()).EmbedAsync(Request, TestContext.Current.CancellationToken));

        Assert.Equal(BridgeErrorKind.Internal, error.Error.Kind);
    }

    [Fact]
    public async Task Request_that_is_none_is_a_mistake_of_the_calling_code() => await Assert.ThrowsAsync<ArgumentNullException>(
        () => BridgeOf(new InvalidOperationException()).EmbedAsync(null!, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Inputs_that_their_caller_changes_meanwhile_are_answered_as_they_were()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        var read = new TaskCompletionSource();
        var bridge = BridgeOf(bench, read.Task);
        var texts = new List<string> { "a b c" };
        int[] ids = [5, 6];
        var ofTexts = bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts }, TestContext.Current.CancellationToken);
        var ofIds = bridge.EmbedAsync(new EmbeddingRequest { Inputs = [], TokenIds = [ids] }, TestContext.Current.CancellationToken);

        texts[0] = "a";
        ids[0] = -1;
        read.SetResult();

        Assert.Equal((5, 2), ((await ofTexts).TotalTokens, (await ofIds).TotalTokens));
    }

    [Fact]
    public async Task Request_gives_back_what_it_took_up_and_lets_its_model_go_whatever_becomes_of_it()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4));
        var bridge = BridgeOf(bench);

        await bridge.EmbedAsync(Request, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<BridgeException>(() => bridge.EmbedAsync(Request with { Dimensions = 9 }, TestContext.Current.CancellationToken));

        Assert.Equal((0, 0), (bench.Gate.Admitted, bench.Ledger.Used(SharedResource.AnswerBytes)));
        Assert.True(bench.Pipeline.Drain.CloseAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Request_takes_up_what_its_own_caller_may_have()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Hanging(), configure: options => options.Admission.AnswerBytes = 1_000);
        using var leaving = new CancellationTokenSource();
        var embedding = BridgeOf(bench).EmbedAsync(new EmbeddingRequest { Inputs = [.. Enumerable.Repeat("a", 100)], Caller = "key" }, leaving.Token);
        await Soon.UntilAsync(() => bench.Ledger.Used(SharedResource.AnswerBytes) == 800);

        using (var same = bench.Ledger.Open("key"))
        using (var another = bench.Ledger.Open("another"))
        {
            Assert.NotNull(same.TryCharge(SharedResource.AnswerBytes, 180));
            Assert.Null(another.TryCharge(SharedResource.AnswerBytes, 180));
        }

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
    }

    [Fact]
    public async Task Every_request_is_measured_once_under_its_model_with_what_became_of_it()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), id: "test/measured");
        var bridge = BridgeOf(bench);
        List<(string Instrument, string? Error)> seen = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == BridgeTelemetry.Name)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => See(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => See(instrument, tags));
        listener.Start();

        await bridge.EmbedAsync(Request, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<BridgeException>(() => bridge.EmbedAsync(Request with { Dimensions = 9 }, TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bridge.EmbedAsync(Request, new CancellationToken(canceled: true)));

        Assert.Equal(
            [("gen_ai.server.request.duration", null), ("gen_ai.client.token.usage", null), ("gen_ai.server.request.duration", "bad_input"), ("gen_ai.server.request.duration", "caller_gone")],
            seen);

        void See(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray();
            if (all.Contains(new("gen_ai.request.model", "test/measured")))
            {
                seen.Add((instrument.Name, all.FirstOrDefault(tag => tag.Key == "error.type").Value as string));
            }
        }
    }

    [Fact]
    public async Task Trace_of_a_request_names_its_model_and_says_what_became_of_it_and_who_computed()
    {
        await using var bench = await PipelineBench.StartAsync(FakeEngine.Answering(3, 4), id: "test/traced");
        var bridge = BridgeOf(bench);
        using var mine = new Activity("test").Start();
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BridgeTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == mine.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        await bridge.EmbedAsync(Request, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<BridgeException>(() => bridge.EmbedAsync(Request with { Dimensions = 9 }, TestContext.Current.CancellationToken));

        Assert.Equal(["compute", "embeddings test/traced", "embeddings test/traced"], spans.Select(span => span.DisplayName));
        Assert.Equal(["in-process", "in-process", null], spans.Select(span => span.GetTagItem("akidb.engine")));
        Assert.Equal([null, null, "bad_input"], spans.Select(span => span.GetTagItem("error.type")));
    }

    private EmbeddingBridge BridgeOf(Exception failure) => new(new FailingDirectory(failure), ledger, TimeProvider.System, log);

    private EmbeddingBridge BridgeOf(PipelineBench bench, Task? read = null) =>
        new(new OneModelDirectory(bench.Pipeline, read ?? Task.CompletedTask), bench.Ledger, TimeProvider.System, log);

    private sealed class OneModelDirectory(EmbeddingPipeline pipeline, Task read) : IModelDirectory
    {
        public async ValueTask<EmbeddingPipeline> EnterAsync(string? name, TimeSpan? timeout, long started, CancellationToken cancellationToken)
        {
            await read.WaitAsync(cancellationToken);
            Assert.True(pipeline.Drain.TryEnter());
            return pipeline;
        }

        public BridgeStatus GetStatus() => throw new NotSupportedException();

        public ModelStatus GetStatus(string? name) => throw new NotSupportedException();

        public bool RestartWorker(int slot, string? model) => throw new NotSupportedException();
    }

    private sealed class FailingDirectory(Exception failure) : IModelDirectory
    {
        public ValueTask<EmbeddingPipeline> EnterAsync(string? name, TimeSpan? timeout, long started, CancellationToken cancellationToken) => throw failure;

        public BridgeStatus GetStatus() => throw failure;

        public ModelStatus GetStatus(string? name) => throw failure;

        public bool RestartWorker(int slot, string? model) => throw failure;
    }
}
