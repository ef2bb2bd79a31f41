using System.Buffers;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Remote;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Host.Embedding;

public sealed class RemoteEmbedderTests
{
    [Fact]
    public async Task No_other_model_may_answer_whose_vectors_would_look_like_those_that_were_asked_for()
    {
        var asked = new List<EmbeddingRequest>();
        await using var server = await ServeAsync(asked);
        await using var embedder = new RemoteEmbedder(new AttachTarget(new Uri(server.Urls.Single()), null, null), "a/model", new EmbedSettings(false, "query", 1), TimeProvider.System);

        var probe = await embedder.EmbedAsync([""], null, TestContext.Current.CancellationToken);
        await embedder.EmbedAsync(["a", "ä"], probe.Space, TestContext.Current.CancellationToken);

        Assert.All(asked, request => Assert.Equal((FallbackPolicy.SameSpace, EmbeddingPriority.Bulk, "a/model"), (request.Fallback!.Value, request.Priority!.Value, request.Model)));
        Assert.All(asked, request => Assert.Equal((false, "query", 1), (request.Normalize!.Value, request.PromptName, request.Dimensions!.Value)));
        Assert.Equal([null, "a space"], asked.Select(request => request.Space));
        Assert.Equal(["", "a", "ä"], asked.SelectMany(request => request.Inputs));
        Assert.Equal([TimeSpan.FromSeconds(100), TimeSpan.FromHours(6)], asked.Select(request => request.Timeout!.Value));
    }

    private static async Task<WebApplication> ServeAsync(List<EmbeddingRequest> asked)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            var (request, encoding) = EmbedRequestReader.Read(new ReadOnlySequence<byte>(body.ToArray()));
            Assert.Equal(VectorEncoding.Base64, encoding);
            asked.Add(request);
            var vectors = string.Join(',', request.Inputs.Select(_ => "\"AACAPw==\""));
            await context.Response.WriteAsync($$$"""{"embeddings": [{{{vectors}}}], "dimension": 1, "space": "a space", "served_by": "a worker", "usage": {"total_tokens": 1}}""", context.RequestAborted);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
