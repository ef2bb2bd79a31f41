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
    public void Channel_that_somebody_else_has_given_up_is_trouble_that_passes() => Assert.True(BrokerTrouble.Is(new ObjectDisposedException("channel")));

    // Takes what is published, and says nothing.
    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "What stands for the channel derives from it while the tests run.")]
    internal class SilentChannel : DispatchProxy
    {
        private AsyncEventHandler<ShutdownEventArgs>? shutdown;

        public Task CloseAsync(ShutdownEventArgs reason) => shutdown!(this, reason);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod!.Name)
            {
                case "add_ChannelShutdownAsync":
                    shutdown += (AsyncEventHandler<ShutdownEventArgs>)args![0]!;
                    return null;
                case "BasicPublishAsync":
                    return new ValueTask(new TaskCompletionSource().Task);
                default:
                    throw new NotSupportedException(targetMethod.Name);
            }
        }
    }
}
