using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.AspNetCore.OpenAi;

/// <summary>OpenAI's routes: all below <c>/v1</c> has its conventions.</summary>
internal static class OpenAiRoutes
{
    public static void Map(RouteTable routes, EmbedExchange embed, EmbeddingBridge models, HttpOptions options, TimeProvider time)
    {
        var list = new OpenAiModels(models, time.GetUtcNow());
        routes.Post("/v1/embeddings", embed.Of(new OpenAiEmbeddings(options.AcceptTokenIds)), OpenAiError.WriteAsync);
        routes.Get("/v1/models", list.ListAsync, OpenAiError.WriteAsync);
        routes.Get("/v1/models/{**id}", list.FindAsync, OpenAiError.WriteAsync);
    }
}
