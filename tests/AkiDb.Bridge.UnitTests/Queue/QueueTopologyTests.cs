using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using AkiDb.Bridge.Queue;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class QueueTopologyTests
{
    private const string Down = "NOT_FOUND - home node 'rabbit@b' of durable queue 'texts' in vhost '/' is down or inaccessible";

    [Theory]
    [InlineData(404, "NOT_FOUND - no queue 'texts' in vhost '/'", true)]
    [InlineData(403, "ACCESS_REFUSED - configure access to queue 'texts' in vhost '/' refused for user 'guest'", true)]
    [InlineData(406, "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'texts' in vhost '/'", true)]
    [InlineData(404, Down, false)]
    [InlineData(541, "INTERNAL_ERROR", false)]
    public async Task Queue_that_no_other_try_would_find_is_refused_and_one_whose_node_is_down_is_waited_for(ushort code, string text, bool isRefused)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => QueueTopology.DeclareAsync(Refusing(code, text), new QueueOptions { Declare = false }, TestContext.Current.CancellationToken));
        Assert.Equal(isRefused, error is InvalidDataException);
        Assert.Equal(!isRefused, BrokerTrouble.Is(error));
    }

    [Fact]
    public async Task Queue_whose_node_is_down_is_there()
    {
        Assert.False(await QueueTopology.HasAsync(Refusing(404, "NOT_FOUND - no queue 'texts' in vhost '/'"), "texts", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<OperationInterruptedException>(() => QueueTopology.HasAsync(Refusing(404, Down), "texts", TestContext.Current.CancellationToken));
    }

    private static IConnection Refusing(ushort code, string text)
    {
        var connection = DispatchProxy.Create<IConnection, Broker>();
        ((Broker)(object)connection).Error = new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text));
        return connection;
    }

    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "What stands for the connection derives from it while the tests run.")]
    internal class Broker : DispatchProxy
    {
        public OperationInterruptedException Error { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var channel = DispatchProxy.Create<IChannel, RefusingChannel>();
            ((RefusingChannel)(object)channel).Error = Error;
            return targetMethod!.Name == "CreateChannelAsync" ? Task.FromResult(channel) : throw new NotSupportedException(targetMethod.Name);
        }
    }

    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "What stands for the channel derives from it while the tests run.")]
    internal class RefusingChannel : DispatchProxy
    {
        public OperationInterruptedException Error { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "QueueDeclarePassiveAsync" => Task.FromException<QueueDeclareOk>(Error),
            "DisposeAsync" => ValueTask.CompletedTask,
            _ => throw new NotSupportedException(targetMethod.Name),
        };
    }
}
