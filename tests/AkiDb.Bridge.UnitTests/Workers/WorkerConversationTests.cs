using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class WorkerConversationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly LoadRequest Load = new(TestModel.Bert(), "cpu", "auto", 1, 512);

    [Fact]
    public async Task Worker_greets_loads_and_is_ready()
    {
        await using var worker = new InMemoryWorker();
        await worker.SendAsync(WorkerFrames.Hello());
        Assert.Equal(4242, (await worker.Connection.ReceiveHelloAsync(Stop)).Pid);
        var stages = new List<string>();
        var loading = worker.Connection.LoadAsync(Load, progress => stages.Add(progress.Stage), Stop);
        var id = (await worker.ReceiveAsync()).Id;

        await worker.SendAsync(
            [.. WorkerFrames.Progress(id, "a"), .. WorkerFrames.Progress(id + 1, "not mine"), .. WorkerFrames.Progress(id, "b"), .. WorkerFrames.Ready(id, "abc", 2)]);

        var (ready, error) = await loading;
        Assert.Null(error);
        Assert.Equal("abc", ready!.WeightsSha256);
        Assert.Equal(["a", "b"], stages);
    }

    [Fact]
    public async Task Progress_after_the_load_has_ended_is_not_reported()
    {
        await using var worker = new InMemoryWorker();
        var loading = worker.Connection.LoadAsync(Load, _ => throw new ObjectDisposedException("deadline"), Stop);
        var id = (await worker.ReceiveAsync()).Id;

        await worker.SendAsync([.. WorkerFrames.Ready(id, "abc", 2), .. WorkerFrames.Progress(id), .. WorkerFrames.Rows(99, 1, 1, [1])]);
        await loading;

        await Soon.UntilAsync(() => worker.Connection.LateReplies == 1);
        Assert.False(worker.Connection.Closed.IsCompleted);
    }

    [Fact]
    public async Task Typed_error_ends_the_load()
    {
        await using var worker = new InMemoryWorker();
        var loading = worker.Connection.LoadAsync(Load, _ => { }, Stop);
        await worker.SendAsync(WorkerFrames.Error((await worker.ReceiveAsync()).Id, "bad_model", "No tensor 'x'.", retryable: false));

        var (ready, error) = await loading;

        Assert.Null(ready);
        Assert.Equal(("bad_model", false), (error!.Kind, error.Retryable));
    }

    [Fact]
    public async Task Stream_that_ends_fails_the_greeting_and_the_load()
    {
        await using var worker = new InMemoryWorker();
        var hello = worker.Connection.ReceiveHelloAsync(Stop);
        var loading = worker.Connection.LoadAsync(Load, _ => { }, Stop);

        worker.CloseOutput();

        await Assert.ThrowsAsync<ProtocolException>(() => hello);
        await Assert.ThrowsAsync<ProtocolException>(() => loading);
    }

    [Fact]
    public async Task Second_hello_ends_the_connection()
    {
        await using var worker = new InMemoryWorker();

        await worker.SendAsync([.. WorkerFrames.Hello(), .. WorkerFrames.Hello()]);

        Assert.Contains("hello twice", await worker.Connection.Closed, StringComparison.Ordinal);
        Assert.NotNull(await worker.Connection.ReceiveHelloAsync(Stop));
    }

    [Fact]
    public async Task Ready_that_nobody_asked_for_ends_the_connection()
    {
        await using var worker = new InMemoryWorker();

        await worker.SendAsync(WorkerFrames.Ready(1, "abc", 2));

        Assert.Contains("nobody asked for", await worker.Connection.Closed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ping_that_is_not_answered_ends_with_its_own_patience()
    {
        await using var worker = new InMemoryWorker();
        using var patience = new CancellationTokenSource();
        var ping = worker.Connection.PingAsync(patience.Token);
        await worker.ReceiveAsync();
        await worker.SendAsync(WorkerFrames.Pong(999));

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ping);
    }

    [Fact]
    public async Task Pong_says_what_the_worker_is_doing()
    {
        await using var worker = new InMemoryWorker();
        var ping = worker.Connection.PingAsync(Stop);
        await worker.SendAsync(WorkerFrames.Pong((await worker.ReceiveAsync()).Id, progressMilliseconds: 1500));

        Assert.Equal(1500, (await ping).ProgressMilliseconds);
    }

    [Fact]
    public async Task Worker_is_told_to_shut_down()
    {
        await using var worker = new InMemoryWorker();

        await worker.Connection.ShutDownAsync(Stop);

        Assert.Equal("shutdown", (await worker.ReceiveAsync()).Type);
    }
}
