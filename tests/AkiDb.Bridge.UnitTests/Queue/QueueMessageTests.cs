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
    public void Correlation_that_no_answer_could_have_is_the_id()
    {
        Assert.Equal("id", QueueMessage.Of(new BasicProperties { MessageId = "id", CorrelationId = new string('\uFFFD', 86) }, Body).Correlation);
        Assert.Equal(new string('\uFFFD', 85), QueueMessage.Of(new BasicProperties { MessageId = "id", CorrelationId = new string('\uFFFD', 85) }, Body).Correlation);
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
    public void Header_that_is_no_text_is_refused_and_not_passed_over()
    {
        foreach (var value in (object[])[7, 1.5, true, new List<object?> { "a space"u8.ToArray() }, new BinaryTableValue("a space"u8.ToArray()), new byte[] { 0xff }])
        {
            AssertIsBad(new BasicProperties { Headers = new Dictionary<string, object?> { ["X-Embedding-Space"] = value } });
        }

        Assert.Null(Read(new BasicProperties { Headers = new Dictionary<string, object?> { ["X-Embedding-Space"] = null, ["other"] = 7 } }).Space);
    }

    [Fact]
    public void Header_demands_its_space_in_any_case_and_never_another_than_the_body()
    {
        Assert.Equal("a space", Read(new BasicProperties { Headers = new Dictionary<string, object?> { ["x-embedding-space"] = "a space"u8.ToArray() } }).Space);
        AssertIsBad(new BasicProperties { Headers = new Dictionary<string, object?> { ["x-embedding-space"] = "a space"u8.ToArray(), ["X-Embedding-Space"] = "another"u8.ToArray() } });
        AssertIsBad(
            new BasicProperties { Headers = new Dictionary<string, object?> { ["X-Embedding-Space"] = "a space"u8.ToArray() } },
            Encoding.UTF8.GetBytes("""{"inputs": ["a"], "space": "another"}"""));
    }

    [Theory]
    [InlineData("application/x-msgpack", true)]
    [InlineData("Application/X-MsgPack", true)]
    [InlineData("application/msgpack; version=5", true)]
    [InlineData("application/json; charset=utf-8", false)]
    [InlineData("no type", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Content_type_is_taken_in_any_case_and_with_parameters(string? type, bool isMessagePack) =>
        Assert.Equal(isMessagePack, QueueMessage.Of(type is null ? new BasicProperties() : new BasicProperties { ContentType = type }, Body).IsMessagePack);

    [Theory]
    [InlineData("gzip", "application/json", "'gzip'")]
    [InlineData("utf-16", "application/json", "'utf-16'")]
    [InlineData("utf-8", "application/json; charset=utf-7", "'utf-7'")]
    [InlineData("", "application/json; charset=\"iso-8859-1\"", "iso-8859-1")]
    public void Body_that_is_compressed_or_in_another_alphabet_is_refused_by_its_name(string encoding, string type, string named) =>
        Assert.Contains(named, AssertIsBad(new BasicProperties { ContentEncoding = encoding, ContentType = type }), StringComparison.Ordinal);

    [Theory]
    [InlineData("utf-8")]
    [InlineData("UTF-8")]
    [InlineData("binary")]
    [InlineData("identity")]
    public void Body_that_is_as_it_is_may_be_called_so(string encoding) =>
        Assert.Equal(["a"], Read(new BasicProperties { ContentEncoding = encoding, ContentType = "application/json; charset=\"UTF-8\"" }).Inputs);

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

    private static string AssertIsBad(BasicProperties properties, byte[]? body = null)
    {
        var error = Assert.Throws<BridgeException>(() => QueueMessage.Of(properties, body ?? Body).Read(properties, body ?? Body));
        Assert.Equal(BridgeErrorKind.BadInput, error.Error.Kind);
        return error.Message;
    }

    private static EmbeddingRequest Read(BasicProperties properties) => QueueMessage.Of(properties, Body).Read(properties, Body).Request;
}
