using System.Buffers;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Host.Remote;

namespace AkiDb.Bridge.UnitTests.Host.Remote;

public sealed class RelayRequestTests
{
    public static readonly TheoryData<EmbeddingRequest> Requests =
    [
        new EmbeddingRequest { Inputs = ["", "ä \" \n"] },
        new EmbeddingRequest
        {
            Inputs = ["a"],
            Model = "a/model",
            Space = "a space",
            Normalize = false,
            Pooling = "mean",
            Dimensions = 8,
            PromptName = "query",
            Truncate = false,
            Fallback = FallbackPolicy.SameSpace,
            Priority = EmbeddingPriority.Bulk,
            Timeout = TimeSpan.FromHours(6),
        },
        new EmbeddingRequest { Inputs = ["a"], Prompt = "", Normalize = true, Fallback = FallbackPolicy.Any, Priority = EmbeddingPriority.Interactive, Timeout = TimeSpan.FromMilliseconds(1_500) },
        new EmbeddingRequest { Inputs = ["a"], Fallback = FallbackPolicy.Off },
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public void Request_is_read_as_it_was_meant(EmbeddingRequest request)
    {
        var (read, encoding) = Read(request, asBase64: true);

        Assert.Equal(VectorEncoding.Base64, encoding);
        Assert.Equal(VectorEncoding.Float, Read(request, asBase64: false).Encoding);
        Assert.Equal(request.Inputs, read.Inputs);
        Assert.Equal(request, read with { Inputs = request.Inputs });
    }

    [Theory]
    [InlineData(null, FallbackPolicy.SameSpace)]
    [InlineData(FallbackPolicy.Any, FallbackPolicy.SameSpace)]
    [InlineData(FallbackPolicy.Off, FallbackPolicy.Off)]
    public void Request_whose_answers_model_nobody_sees_admits_no_other(FallbackPolicy? given, FallbackPolicy sent) => Assert.Equal(
        sent, Read(new EmbeddingRequest { Inputs = ["a"], Fallback = given, HidesModel = true }, asBase64: false).Request.Fallback);

    private static (EmbeddingRequest Request, VectorEncoding Encoding) Read(EmbeddingRequest request, bool asBase64) =>
        EmbedRequestReader.Read(new ReadOnlySequence<byte>(RelayRequest.Write(request, asBase64)));
}
