using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>The routes of text-embeddings-inference, as its version 1.9.3 answers.</summary>
internal static class TeiRoutes
{
    public static void Map(
        RouteTable routes, EmbedExchange embed, BodyReader bodies, ResourceLedger ledger, EmbeddingBridge models, TeiInfo info)
    {
        var counter = new TokenCounter(models);
        var vectors = embed.Of(new TeiEmbed(counter));
        routes.Post("/embed", vectors, TeiError.WriteAsync);
        routes.Post("/", vectors, TeiError.WriteAsync);
        var tokens = new TeiTokens(models, ledger, bodies, counter);
        routes.Post("/tokenize", tokens.TokenizeAsync, TeiError.WriteAsync);
        routes.Post("/decode", tokens.DecodeAsync, TeiError.WriteAsync);
        routes.Post("/similarity", embed.Of(new TeiSimilarity(counter)), TeiError.WriteAsync);
        routes.Get("/info", info.HandleAsync, TeiError.WriteAsync);
        routes.Post("/embed_sparse", _ => throw OtherKind("Model is not an embedding model with SPLADE pooling"), TeiError.WriteAsync);
        routes.Post("/embed_all", _ => throw OtherKind("The vectors of single tokens are not given here; POST /embed has those of texts"), TeiError.WriteAsync);
        routes.Post("/rerank", _ => throw OtherKind("model is not a re-ranker model"), TeiError.WriteAsync);
        routes.Post("/predict", _ => throw OtherKind("Model is not a classifier model"), TeiError.WriteAsync);
    }

    private static ProblemException OtherKind(string sentence) => new(new Problem(StatusCodes.Status424FailedDependency, TeiError.OtherKind, sentence));
}
