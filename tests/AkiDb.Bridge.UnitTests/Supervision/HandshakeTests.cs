using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class HandshakeTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider time = new();
    private readonly InMemoryWorker worker = new();
    private readonly List<string> stages = [];
    private ModelDescription model = TestModel.Bert();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => worker.DisposeAsync();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 9)]
    [InlineData(0, 1)]
    public async Task Protocol_that_both_sides_speak_is_accepted(int min, int max)
    {
        await worker.SendAsync(WorkerFrames.Hello(min, max));

        Assert.Equal(4242, (await GreetAsync()).Pid);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(0, 0)]
    public async Task Protocol_that_this_host_does_not_speak_is_refused_for_good(int min, int max)
    {
        await worker.SendAsync(WorkerFrames.Hello(min, max));

        var error = await Assert.ThrowsAsync<BridgeException>(GreetAsync);
        Assert.Contains($"protocol {min} to {max}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hello_that_does_not_come_is_a_timeout()
    {
        var greeting = GreetAsync();

        time.Advance(Patience);

        await Assert.ThrowsAsync<TimeoutException>(() => greeting);
    }

    [Fact]
    public async Task Host_that_stops_is_no_timeout()
    {
        using var stopping = new CancellationTokenSource();
        var greeting = Handshake.GreetAsync(worker.Connection, Patience, time, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => greeting);
    }

    [Fact]
    public async Task Model_that_was_asked_for_is_accepted()
    {
        var ready = await LoadAsync(id => WorkerFrames.Ready(id, "aa", 2));

        Assert.Equal("float32", ready.Dtype);
    }

    [Theory]
    [InlineData("bb", 2, "mean", 256, "float32", "weights bb instead of aa")]
    [InlineData("", 2, "mean", 256, "float32", "weights")]
    [InlineData("AA", 2, "mean", 256, "float32", "weights")]
    [InlineData("aa", 3, "mean", 256, "float32", "dimension 3 instead of 2")]
    [InlineData("aa", 2, "cls", 256, "float32", "pooling cls instead of mean")]
    [InlineData("aa", 2, "mean", 128, "float32", "128 tokens instead of 256")]
    [InlineData("aa", 2, "mean", 256, "int8", "precision int8")]
    [InlineData("aa", 2, "mean", 256, "", "precision")]
    public async Task Another_model_is_refused_for_good(string weights, int dimension, string pooling, int maxTokens, string dtype, string why)
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => LoadAsync(id => WorkerFrames.Ready(id, weights, dimension, pooling, maxTokens, dtype)));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(BridgeErrorKind.BadModel, error.Error.Kind);
    }

    [Fact]
    public async Task Another_encoder_is_refused_for_good()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => LoadAsync(id => WorkerFrames.Ready(id, "aa", 2, encoder: "onnx")));

        Assert.Contains("by the encoder onnx instead of torch", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Library_pools_and_cuts_as_it_understands_the_folder()
    {
        model = TestModel.Library();

        var ready = await LoadAsync(id => WorkerFrames.Ready(id, "aa", 2, pooling: "lasttoken", maxTokens: 128, encoder: LibraryModel.Library));

        Assert.Equal(128, ready.MaxTokens);
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    [InlineData("float16")]
    public async Task Precision_of_the_same_space_is_accepted(string dtype) =>
        Assert.Equal(dtype, (await LoadAsync(id => WorkerFrames.Ready(id, "aa", 2, dtype: dtype))).Dtype);

    [Fact]
    public async Task Error_that_a_restart_may_mend_is_none_of_the_models() =>
        await Assert.ThrowsAsync<ProtocolException>(() => LoadAsync(id => WorkerFrames.Error(id, "out_of_memory", retryable: true)));

    [Fact]
    public async Task Error_that_a_restart_cannot_mend_is_kept()
    {
        var error = await Assert.ThrowsAsync<BridgeException>(() => LoadAsync(id => WorkerFrames.Error(id, "missing_library", "No torch.", retryable: false)));

        Assert.Equal((BridgeErrorKind.BadModel, "No torch."), (error.Error.Kind, error.Message));
    }

    [Fact]
    public async Task Progress_extends_the_deadline()
    {
        var loading = StartLoading();
        var id = (await worker.ReceiveAsync()).Id;
        for (var step = 1; step <= 5; step++)
        {
            time.Advance(Patience * 0.9);
            Assert.False(loading.IsCompleted);
            await worker.SendAsync(WorkerFrames.Progress(id, $"stage {step}"));
            await Soon.UntilAsync(() => stages.Count == step);
        }

        await worker.SendAsync(WorkerFrames.Ready(id, "aa", 2));

        Assert.Equal(2, (await loading).Dimension);
    }

    [Fact]
    public async Task Load_without_progress_is_a_timeout()
    {
        var loading = StartLoading();
        await worker.ReceiveAsync();

        time.Advance(Patience);

        await Assert.ThrowsAsync<TimeoutException>(() => loading);
    }

    private Task<HelloMessage> GreetAsync() => Handshake.GreetAsync(worker.Connection, Patience, time, Stop);

    private Task<ReadyMessage> StartLoading() => Handshake.LoadAsync(
        worker.Connection,
        new WorkerBlueprint(
            () => throw new InvalidOperationException("No process is started here."),
            new LoadRequest(model, "cpu", "auto", 1, 512),
            Task.FromResult(new ModelFingerprint("aa", "0011223344556677")),
            ProtocolVersion.DefaultMaxFrameBytes,
            (_, _) => Task.FromResult<BridgeError?>(null)),
        Patience,
        progress => stages.Add(progress.Stage),
        time,
        Stop);

    private async Task<ReadyMessage> LoadAsync(Func<long, byte[]> answer)
    {
        var loading = StartLoading();
        await worker.SendAsync(answer((await worker.ReceiveAsync()).Id));
        return await loading;
    }
}
