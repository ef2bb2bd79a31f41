using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Queue;
using RabbitMQ.Client;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class QueueTextsTests
{
    [Fact]
    public void No_other_model_may_answer_whose_vectors_would_look_like_those_that_were_asked_for()
    {
        var message = new QueueTexts(null, null, new EmbedSettings(null, null, null)).MessageOf(["a"]);

        var properties = new BasicProperties { ContentType = QueueMessage.MessagePackType };
        Assert.Equal(FallbackPolicy.SameSpace, QueueMessage.Of(properties, message.Body.Span).Read(properties, message.Body).Request.Fallback);
    }
}
