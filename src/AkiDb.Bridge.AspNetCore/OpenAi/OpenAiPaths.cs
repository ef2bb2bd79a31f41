using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.OpenAi;

/// <summary>The paths that OpenAI's clients ask for, whether there is a route or not: what is wrong is, as a rule, the base URL that they were given.</summary>
internal static class OpenAiPaths
{
    private const string Azure = "/openai";

    // What they put behind a base URL that does not end with /v1.
    private static readonly PathString[] WithoutVersion = ["/embeddings", "/models", "/chat/completions", "/completions", "/responses"];

    /// <summary>Whether it is such a client, most likely, that asks for a path.</summary>
    public static bool Has(PathString path) => path.StartsWithSegments("/v1") || path.StartsWithSegments(Azure) || WithoutVersion.Any(other => path.StartsWithSegments(other));

    /// <summary>What is said of a path without a route.</summary>
    public static string Explain(PathString path) =>
        $"There is no route '{ForeignText.Shorten(path.ToString())}' here. Of OpenAI's there are POST /v1/embeddings, GET /v1/models and GET /v1/models/{{id}}: "
            + $"the client's base URL is this server's address with /v1 behind it.{(path.StartsWithSegments(Azure) ? " Use the client for OpenAI, not the one for Azure." : "")}";
}
