using System.Text;
using AkiDb.Bridge.Queue;
using MessagePack;

namespace AkiDb.Bridge.UnitTests.Queue;

public sealed class JobAnswerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"code": "BAD_INPUT"}""")]
    [InlineData("""{"code": "NO_SUCH_CODE", "detail": "a"}""")]
    [InlineData("""{"code": "BAD_INPUT", "detail": 5}""")]
    [InlineData("""{"code": "BAD_INPUT", "detail": "a", "input": 1e99}""")]
    [InlineData("""{"code": "BAD_INPUT", "detail": "a", "input": "b"}""")]
    public void Problem_that_no_consumer_writes_is_refused(string body) =>
        Assert.Throws<InvalidDataException>(() => JobAnswer.Read(QueueAnswer.ProblemType, Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(8, 0L)]
    [InlineData(8, -1L)]
    [InlineData(8, 3L)]
    [InlineData(7, 1L)]
    [InlineData(8, long.MaxValue)]
    public void Vectors_that_no_consumer_writes_are_refused(int bytes, long dimension)
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        var message = new MessagePackWriter(writer);
        message.WriteMapHeader(2);
        message.Write("embeddings");
        message.Write(new byte[bytes]);
        message.Write("dimension");
        message.Write(dimension);
        message.Flush();

        Assert.Throws<InvalidDataException>(() => JobAnswer.Read("application/msgpack", writer.WrittenMemory));
    }
}
