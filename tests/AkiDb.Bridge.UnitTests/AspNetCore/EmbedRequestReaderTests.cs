using System.Buffers;
using System.Text;
using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class EmbedRequestReaderTests
{
    [Fact]
    public void Every_member_is_read()
    {
        var (request, encoding) = Read("""
            {"model":"m","inputs":["a",""],"normalize":false,"pooling":"mean","dimensions":3,"prompt_name":"q","truncate":false,"fallback":"off","encoding_format":"base64"}
            """);

        Assert.Equal(["a", ""], request.Inputs);
        Assert.Equivalent(
            new EmbeddingRequest
            {
                Inputs = request.Inputs,
                Model = "m",
                Normalize = false,
                Pooling = "mean",
                Dimensions = 3,
                PromptName = "q",
                Truncate = false,
                Fallback = FallbackPolicy.Off,
            },
            request,
            strict: true);
        Assert.Equal(VectorEncoding.Base64, encoding);
    }

    [Theory]
    [InlineData("""{"inputs":["a"]}""")]
    [InlineData("""{"inputs":null,"texts":["a"]}""")]
    [InlineData("""{"inputs":["a"],"texts":null}""")]
    [InlineData("""{"texts":["a"],"model":null,"normalize":null,"pooling":null,"dimensions":null,"prompt_name":null,"truncate":null,"fallback":null,"encoding_format":null}""")]
    public void Null_is_the_same_as_leaving_out(string body)
    {
        var (request, encoding) = Read(body);

        Assert.Equivalent(new EmbeddingRequest { Inputs = ["a"] }, request, strict: true);
        Assert.Equal(VectorEncoding.Float, encoding);
    }

    [Theory]
    [InlineData("", "no body")]
    [InlineData(" ", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{\"inputs\":[\"a\"]} x", "not valid JSON")]
    [InlineData("{\"inputs\":[\"a\",]}", "not valid JSON")]
    [InlineData("null", "null")]
    [InlineData("[]", "an array")]
    [InlineData("\"a\"", "a string")]
    [InlineData("5", "the number 5")]
    [InlineData("{}", "no 'inputs'")]
    [InlineData("{\"inputs\":null}", "'inputs' is null")]
    [InlineData("{\"inputs\":\"a\"}", "'inputs' is a string")]
    [InlineData("{\"inputs\":{}}", "'inputs' is an object")]
    [InlineData("{\"inputs\":[]}", "empty array")]
    [InlineData("{\"inputs\":[\"a\",null]}", "inputs[1] is null")]
    [InlineData("{\"inputs\":[5]}", "inputs[0] is the number 5")]
    [InlineData("{\"texts\":[[1,2]]}", "texts[0] is an array")]
    [InlineData("{\"inputs\":[true]}", "inputs[0] is true")]
    [InlineData("{\"inputs\":[\"a\"],\"texts\":[\"a\"]}", "both 'inputs' and 'texts'")]
    [InlineData("{\"inputs\":[\"a\"],\"inputs\":[\"b\"]}", "'inputs' appears twice")]
    [InlineData("{\"inputs\":[\"a\"],\"\\u0069nputs\":[\"b\"]}", "'inputs' appears twice")]
    [InlineData("{\"inputs\":[\"a\"],\"input\":1}", "'input' is not a member")]
    [InlineData("{\"inputs\":[\"a\"],\"Model\":\"x\"}", "'Model' is not a member")]
    [InlineData("{\"inputs\":[\"a\"],\"model\":5}", "'model' is the number 5")]
    [InlineData("{\"inputs\":[\"a\"],\"normalize\":\"true\"}", "true or false")]
    [InlineData("{\"inputs\":[\"a\"],\"dimensions\":1.5}", "whole number")]
    [InlineData("{\"inputs\":[\"a\"],\"dimensions\":99999999999}", "whole number")]
    [InlineData("{\"inputs\":[\"a\"],\"dimensions\":\"3\"}", "whole number")]
    [InlineData("{\"inputs\":[\"a\"],\"fallback\":\"never\"}", "same-space, any, off")]
    [InlineData("{\"inputs\":[\"a\"],\"encoding_format\":\"hex\"}", "float, base64")]
    [InlineData("{\"inputs\":[\"\\ud800\"]}", "surrogate")]
    [InlineData("{\"inputs\":[\"a\"],\"model\":\"\\udc00x\"}", "surrogate")]
    [InlineData("{\"inputs\":[\"a\"],\"\\ud800\":1}", "surrogate")]
    public void Bad_body_is_a_sentence(string body, string expected) => AssertRefused(Encoding.UTF8.GetBytes(body), expected);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bytes_that_are_not_UTF8_are_a_sentence(bool inName)
    {
        var body = Encoding.UTF8.GetBytes(inName ? "{\"?\":1}" : "{\"inputs\":[\"?\"]}");
        body[Array.IndexOf(body, (byte)'?')] = 0xFF;

        AssertRefused(body, "UTF-8");
    }

    [Fact]
    public void Inputs_are_counted_before_the_first_string_is_made()
    {
        var body = Encoding.UTF8.GetBytes("{\"inputs\":[" + string.Join(',', Enumerable.Repeat("\"a\"", EmbedRequestReader.MostInputs + 1)) + "]}");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<BridgeException>(() => EmbedRequestReader.Read(new ReadOnlySequence<byte>(body)));

        Assert.Contains("1000001", error.Message.Replace(",", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Nesting_without_end_is_a_sentence() =>
        AssertRefused(Encoding.UTF8.GetBytes("{\"inputs\":" + new string('[', 100_000)), "not valid JSON");

    [Fact]
    public void Byte_order_mark_of_UTF8_is_skipped() => Assert.Equal(["a"], Read("\uFEFF{\"inputs\":[\"a\"]}").Request.Inputs);

    [Theory]
    [InlineData("utf-16", "UTF-16")]
    [InlineData("utf-16BE", "UTF-16")]
    [InlineData("utf-32", "UTF-32")]
    public void Byte_order_mark_of_another_encoding_is_named(string encoding, string name) =>
        AssertRefused(Encoding.GetEncoding(encoding).GetBytes("\uFEFF{\"inputs\":[\"a\"]}"), name);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Body_in_pieces_is_the_same_body(int piece)
    {
        const string Body = """{"model":"m\u00e9","inputs":["äöü 😀","","\ud83d\ude00"],"dimensions":12,"truncate":false}""";

        var (request, _) = EmbedRequestReader.Read(InPieces(Encoding.UTF8.GetBytes(Body), piece));

        Assert.Equal(["äöü 😀", "", "😀"], request.Inputs);
        Assert.Equal(("mé", 12, false), (request.Model, request.Dimensions, request.Truncate));
    }

    [Fact]
    public void Surrogate_pair_and_control_characters_are_texts() =>
        Assert.Equal(["😀", "\0\u001f"], Read("""{"inputs":["\ud83d\ude00","\u0000\u001f"]}""").Request.Inputs);

    [Fact]
    public void Long_unknown_name_is_shortened() => AssertRefused(Encoding.UTF8.GetBytes($"{{\"{new string('x', 10_000)}\":1}}"), "xxx...'");

    private static (EmbeddingRequest Request, VectorEncoding Encoding) Read(string body) => EmbedRequestReader.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(body)));

    private static void AssertRefused(byte[] body, string expected)
    {
        var error = Assert.Throws<BridgeException>(() => EmbedRequestReader.Read(new ReadOnlySequence<byte>(body)));

        Assert.Equal(BridgeErrorKind.BadInput, error.Error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 10, 400);
    }

    private static ReadOnlySequence<byte> InPieces(byte[] bytes, int length)
    {
        var first = new Piece(bytes.AsMemory(0, length), null);
        var last = first;
        for (var start = length; start < bytes.Length; start += length)
        {
            last = new Piece(bytes.AsMemory(start, Math.Min(length, bytes.Length - start)), last);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
        }
    }
}
