using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Requests;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary>Ollama's routes, as far as its clients need them for embeddings.</summary>
internal static class OllamaRoutes
{
    public static void Map(RouteTable routes, EmbedExchange embed, BodyReader bodies, ResourceLedger ledger, EmbeddingBridge models, TimeProvider time)
    {
        var names = new OllamaNames(models);
        var library = new OllamaModels(models, names, bodies, ledger, time.GetUtcNow());
        routes.Post("/api/embed", embed.Of(new OllamaEmbed(names)), OllamaError.WriteAsync);
        routes.Post("/api/embeddings", embed.Of(new OllamaEmbeddings(names)), OllamaError.WriteAsync);
        routes.Get("/api/tags", library.TagsAsync, OllamaError.WriteAsync);
        routes.Get("/api/version", OllamaModels.VersionAsync, OllamaError.WriteAsync);
        routes.Post("/api/show", library.ShowAsync, OllamaError.WriteAsync);
    }
}
