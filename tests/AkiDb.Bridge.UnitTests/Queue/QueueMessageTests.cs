using System.Text;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Queue;
using RabbitMQ.Client;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class QueueMessageTests
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"inputs": ["a"]}""");

    [Fact]
    public void Message_without_an_id_has_the_same_one_each_time()
    {
        var message = QueueMessage.Of(new BasicProperties(), Body);
        Assert.Equal(message, QueueMessage.Of(new BasicProperties(), Body));
        Assert.NotEqual(message.Id, QueueMessage.Of(new BasicProperties(), [.. Body, (byte)' ']).Id);
        Assert.Equal(message.Id, message.Correlation);
    }

    [Fact]
    public void Id_that_no_answer_could_have_is_one_of_its_own_for_each_message()
    {
        var longer = new string('ä', 125);
        var message = QueueMessage.Of(new BasicProperties { MessageId = longer }, Body);
        Assert.True(Encoding.UTF8.GetByteCount($"{message.Id}.answer") <= byte.MaxValue);
        Assert.Equal(message, QueueMessage.Of(new BasicProperties { MessageId = longer }, Body));
        Assert.NotEqual(message.Id, QueueMessage.Of(new BasicProperties { MessageId = $"{longer}b" }, Body).Id);
        Assert.NotEqual(message.Id, QueueMessage.Of(new BasicProperties { MessageId = longer }, [.. Body, (byte)' ']).Id);
        Assert.Equal(new string('ä', 100), QueueMessage.Of(new BasicProperties { MessageId = new string('ä', 100) }, Body).Id);
    }

    [Fact]
    public void Properties_are_taken_as_they_are()
    {
        var message = QueueMessage.Of(new BasicProperties { MessageId = "id", CorrelationId = "other", ReplyTo = "there", ContentType = "application/msgpack" }, Body);
        Assert.Equal(new QueueMessage("id", "other", "there", IsMessagePack: true), message);
    }

    [Theory]
    [InlineData(0, EmbeddingPriority.Bulk)]
    [InlineData(4, EmbeddingPriority.Bulk)]
    [InlineData(5, EmbeddingPriority.Interactive)]
    public void Priority_chooses_the_lane(byte priority, EmbeddingPriority lane) =>
        Assert.Equal(lane, Read(new BasicProperties { Priority = priority }).Priority);

    [Fact]
    public void Header_demands_a_space_where_the_body_does_not()
    {
        var properties = new BasicProperties { Headers = new Dictionary<string, object?> { ["X-Embedding-Space"] = "a space"u8.ToArray() } };
        Assert.Equal("a space", Read(properties).Space);
        Assert.Null(Read(new BasicProperties()).Space);
    }

    [Fact]
    public void Answer_has_the_same_id_however_often_it_is_computed()
    {
        var message = QueueMessage.Of(new BasicProperties { MessageId = "id" }, Body);
        var answer = QueueAnswer.Of(new BridgeError(BridgeErrorKind.TooLong, "Too long.") { InputIndex = 3 });
        Assert.Equal(("id.answer", "id", "application/problem+json"), (answer.PropertiesFor(message).MessageId, answer.PropertiesFor(message).CorrelationId, answer.PropertiesFor(message).ContentType));
        var read = JobAnswer.Read(answer.ContentType, answer.Body);
        Assert.Equal((BridgeErrorKind.TooLong, "Too long.", 3), (read.Error!.Kind, read.Error.Message, read.Error.InputIndex));
    }

    [Fact]
    public void Vectors_are_read_as_they_were_written()
    {
        var space = new EmbeddingSpace { Model = "m", Weights = "w", Pooling = "mean", Prompt = "", Dimensions = 2, Normalized = false, Precision = "mock" };
        var answer = QueueAnswer.Of(
            new EmbeddingResult
            {
                Vectors = [new float[] { 1, 2 }, new float[] { 3, 4 }],
                Model = "m",
                Space = space,
                TotalTokens = 7,
                Truncated = [false, false],
                ServedBy = "mock",
                Degraded = false,
                Compute = TimeSpan.Zero,
                Duration = TimeSpan.Zero,
            },
            VectorEncoding.MessagePack);
        var read = JobAnswer.Read(answer.ContentType, answer.Body);
        Assert.Equal([[1, 2], [3, 4]], read.Vectors.Select(vector => vector.ToArray()));
        Assert.Equal((space.ToString(), 7, "mock"), (read.Space, read.Tokens, read.ServedBy));
    }

    [Theory]
    [InlineData("application/problem+json", "{}")]
    [InlineData("application/problem+json", "no JSON")]
    [InlineData("application/x-msgpack", "no map")]
    [InlineData(null, "")]
    public void What_is_no_answer_is_said(string? type, string body) => Assert.Throws<InvalidDataException>(() => JobAnswer.Read(type, Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Message_of_a_job_is_the_same_for_the_same_texts_and_is_read_as_it_was_meant()
    {
        var request = new EmbeddingRequest { Inputs = ["a", "ä"], Normalize = false, Dimensions = 8, PromptName = "query", Space = "s" };
        var message = JobMessage.Of(request);
        Assert.Equal(message.Id, JobMessage.Of(request with { Inputs = ["a", "ä"] }).Id);
        Assert.NotEqual(message.Id, JobMessage.Of(request with { Dimensions = 4 }).Id);
        var properties = new BasicProperties { ContentType = QueueMessage.MessagePackType };
        var (read, encoding) = QueueMessage.Of(properties, message.Body.Span).Read(properties, message.Body);
        Assert.Equal(VectorEncoding.MessagePack, encoding);
        Assert.Equal(request.Inputs, read.Inputs);
        Assert.Equal((false, 8, "query", "s"), (read.Normalize!.Value, read.Dimensions!.Value, read.PromptName, read.Space));
    }

    private static EmbeddingRequest Read(BasicProperties properties) => QueueMessage.Of(properties, Body).Read(properties, Body).Request;
}
