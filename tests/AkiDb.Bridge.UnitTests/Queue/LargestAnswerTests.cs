using AkiDb.Bridge.Queue;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class LargestAnswerTests
{
    private static readonly QueueAnswer Answer = new(QueueMessage.JsonType, new byte[2_000], "space");

    [Theory]
    [InlineData(406, "PRECONDITION_FAILED - message size 2000 is larger than configured max size 1999", true)]
    [InlineData(406, "PRECONDITION_FAILED - message size 2000 is larger than max size 1999", true)]
    [InlineData(406, "PRECONDITION_FAILED - message size 20000000 is larger than configured max size 2000", false)]
    [InlineData(311, "CONTENT_TOO_LARGE", false)]
    [InlineData(320, "CONNECTION_FORCED - message size 2000 is larger than configured max size 1999", false)]
    public void Answer_that_the_broker_has_refused_is_answered_as_too_large(ushort code, string text, bool refused)
    {
        var largest = new LargestAnswer();
        Assert.Same(Answer, largest.Fit(Answer));
        largest.Learn(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text));
        var fitting = largest.Fit(Answer);
        Assert.Equal(refused, fitting.ContentType == QueueAnswer.ProblemType);
        if (refused)
        {
            Assert.Equal(BridgeErrorKind.TooLarge, JobAnswer.Read(fitting.ContentType, fitting.Body).Error!.Kind);
        }
    }

    [Fact]
    public void Refusal_without_a_size_is_taken_for_the_size_that_is_usual()
    {
        var largest = new LargestAnswer();
        largest.Learn(new ShutdownEventArgs(ShutdownInitiator.Peer, 311, "CONTENT_TOO_LARGE"));
        Assert.Equal(16 << 20, largest.Bytes);
    }

    [Theory]
    [InlineData(ShutdownInitiator.Peer, 406, true)]
    [InlineData(ShutdownInitiator.Peer, 403, true)]
    [InlineData(ShutdownInitiator.Peer, 404, true)]
    [InlineData(ShutdownInitiator.Peer, 501, true)]
    [InlineData(ShutdownInitiator.Peer, 311, true)]
    [InlineData(ShutdownInitiator.Peer, 320, false)]
    [InlineData(ShutdownInitiator.Peer, 541, false)]
    [InlineData(ShutdownInitiator.Library, 501, false)]
    public void Channel_closed_for_what_was_sent_is_a_refusal(ShutdownInitiator initiator, ushort code, bool refusal) =>
        Assert.Equal(refusal, BrokerTrouble.IsRefusal(new AlreadyClosedException(new ShutdownEventArgs(initiator, code, "why"))));
}
