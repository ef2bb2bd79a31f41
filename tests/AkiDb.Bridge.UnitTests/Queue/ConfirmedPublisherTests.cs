using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class ConfirmedPublisherTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Confirmation_that_never_comes_ends_with_its_channel()
    {
        var channel = DispatchProxy.Create<IChannel, SilentChannel>();
        var publisher = new ConfirmedPublisher(channel, time);
        var publishing = publisher.PublishAsync("queue", new BasicProperties(), new byte[1], TestContext.Current.CancellationToken);
        await ((SilentChannel)(object)channel).CloseAsync(new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "the broker stops"));
        while (!publishing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var error = await Assert.ThrowsAsync<AlreadyClosedException>(() => publishing);
        Assert.Equal("the broker stops", error.ShutdownReason!.ReplyText);
        Assert.True(BrokerTrouble.Is(error));
    }

    [Fact]
    public async Task Queue_that_takes_nothing_for_long_is_said_and_waited_for()
    {
        var channel = DispatchProxy.Create<IChannel, SilentChannel>();
        ((SilentChannel)(object)channel).Refusals = 30;
        var publisher = new ConfirmedPublisher(channel, time);
        var said = new List<string>();
        publisher.Refused += said.Add;
        var publishing = publisher.PublishAsync("queue", new BasicProperties(), new byte[1], TestContext.Current.CancellationToken);
        while (((SilentChannel)(object)channel).Refusals > 0)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        Assert.Equal(["queue", "queue"], said);
        Assert.False(publishing.IsCompleted);
    }

    [Fact]
    public void Channel_that_somebody_else_has_given_up_is_trouble_that_passes() => Assert.True(BrokerTrouble.Is(new ObjectDisposedException("channel")));

    // Takes what is published, and says nothing.
    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "What stands for the channel derives from it while the tests run.")]
    internal class SilentChannel : DispatchProxy
    {
        private AsyncEventHandler<ShutdownEventArgs>? shutdown;

        /// <summary>How often it takes nothing, and says so.</summary>
        public int Refusals { get; set; }

        public Task CloseAsync(ShutdownEventArgs reason) => shutdown!(this, reason);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case "add_ChannelShutdownAsync":
                    shutdown += (AsyncEventHandler<ShutdownEventArgs>)args![0]!;
                    return null;
                case "BasicPublishAsync" when Refusals-- > 0:
                    return new ValueTask(Task.FromException(new PublishException(1, isReturn: false)));
                case "BasicPublishAsync":
                    return new ValueTask(new TaskCompletionSource().Task);
                default:
                    throw new NotSupportedException(targetMethod.Name);
            }
        }
    }
}
