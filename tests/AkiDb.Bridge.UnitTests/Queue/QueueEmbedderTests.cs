using System.Text;
using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class QueueEmbedderTests
{
    private readonly FakeTimeProvider time = new();

    [Theory]
    [InlineData(BridgeErrorKind.BadInput)]
    [InlineData(BridgeErrorKind.TooLarge)]
    [InlineData(BridgeErrorKind.TooLong)]
    [InlineData(BridgeErrorKind.PoisonInput)]
    public async Task What_nobody_can_do_is_an_answer(BridgeErrorKind kind)
    {
        var answer = await AnswerAsync(new Failing(kind, times: 1), TestContext.Current.CancellationToken);
        Assert.Equal("application/problem+json", answer.ContentType);
    }

    [Theory]
    [InlineData(BridgeErrorKind.EngineFault)]
    [InlineData(BridgeErrorKind.OutOfMemory)]
    [InlineData(BridgeErrorKind.Internal)]
    [InlineData(BridgeErrorKind.SpaceMismatch)]
    [InlineData(BridgeErrorKind.UnknownModel)]
    [InlineData(BridgeErrorKind.BadModel)]
    public async Task What_another_host_may_do_is_not(BridgeErrorKind kind) =>
        Assert.Equal(kind, (await Assert.ThrowsAsync<BridgeException>(() => AnswerAsync(new Failing(kind, times: 1), TestContext.Current.CancellationToken))).Error.Kind);

    [Theory]
    [InlineData(BridgeErrorKind.Overloaded, 30)]
    [InlineData(BridgeErrorKind.NoEngine, 8)]
    [InlineData(BridgeErrorKind.DeadlineExceeded, 1)]
    public async Task What_this_host_cannot_do_now_is_waited_for(BridgeErrorKind kind, int times)
    {
        // In the end it says that it was given nothing to answer with.
        var bridge = new Failing(kind, times);
        Assert.Equal(BridgeErrorKind.Internal, (await FailureAsync(bridge)).Kind);
        Assert.Equal(times + 1, bridge.Calls);
    }

    [Theory]
    [InlineData(BridgeErrorKind.Overloaded)]
    [InlineData(BridgeErrorKind.NoEngine)]
    [InlineData(BridgeErrorKind.DeadlineExceeded)]
    public async Task What_this_host_cannot_do_for_long_goes_back(BridgeErrorKind kind) =>
        Assert.Equal(kind, (await FailureAsync(new Failing(kind, times: int.MaxValue))).Kind);

    [Fact]
    public async Task Message_that_names_its_time_is_answered_that_it_was_over()
    {
        var bridge = new Failing(BridgeErrorKind.DeadlineExceeded, times: int.MaxValue);
        var answer = await AnswerAsync(bridge, TestContext.Current.CancellationToken, """{"inputs": ["a"], "timeout": "1ms"}""");
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, JobAnswer.Read(answer.ContentType, answer.Body).Error!.Kind);
        Assert.Equal(1, bridge.Calls);
    }

    [Theory]
    [InlineData(BridgeErrorKind.Overloaded)]
    [InlineData(BridgeErrorKind.NoEngine)]
    public async Task Message_that_names_its_time_is_answered_when_it_is_over_though_nothing_was_computed(BridgeErrorKind kind)
    {
        var bridge = new Failing(kind, times: int.MaxValue);
        var answering = AnswerAsync(bridge, TestContext.Current.CancellationToken, """{"inputs": ["a"], "timeout": "5s"}""");
        while (!answering.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var answer = await answering;
        Assert.Equal(BridgeErrorKind.DeadlineExceeded, JobAnswer.Read(answer.ContentType, answer.Body).Error!.Kind);
        Assert.All(bridge.Timeouts, timeout => Assert.InRange(timeout, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(5)));
        Assert.Equal(bridge.Timeouts.Distinct().Order().Reverse(), bridge.Timeouts);
    }

    [Fact]
    public async Task Message_that_the_broker_has_back_is_not_waited_for_any_longer()
    {
        using var lost = new CancellationTokenSource();
        var answering = AnswerAsync(new Failing(BridgeErrorKind.Overloaded, times: int.MaxValue), lost.Token);
        await lost.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answering);
    }

    private async Task<BridgeError> FailureAsync(Failing bridge)
    {
        var answering = AnswerAsync(bridge, TestContext.Current.CancellationToken);
        while (!answering.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        return (await Assert.ThrowsAsync<BridgeException>(() => answering)).Error;
    }

    private Task<QueueAnswer> AnswerAsync(IEmbeddingBridge bridge, CancellationToken cancellationToken, string message = """{"inputs": ["a"]}""")
    {
        var properties = new BasicProperties();
        var body = Encoding.UTF8.GetBytes(message);
        return new QueueEmbedder(bridge, "queue", time).AnswerAsync(QueueMessage.Of(properties, body), properties, body, cancellationToken);
    }

    private sealed class Failing(BridgeErrorKind kind, int times) : IEmbeddingBridge
    {
        public int Calls { get; private set; }

        public List<TimeSpan> Timeouts { get; } = [];

        public Task<EmbeddingResult> EmbedAsync(EmbeddingRequest request, CancellationToken cancellationToken = default)
        {
            Timeouts.Add(request.Timeout!.Value);
            throw new BridgeException(new BridgeError(Calls++ < times ? kind : BridgeErrorKind.Internal, "No."));
        }
    }
}
