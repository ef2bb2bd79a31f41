using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary>What Ollama's routes have in common: any content type is taken for JSON, and what is not known is passed over.</summary>
internal abstract class OllamaBody : EmbedFace
{
    /// <inheritdoc/>
    public override void CheckContent(HttpRequest request) => RequestContent.ExpectPlainBody(request);

    /// <summary>Reads a member that both of its routes take.</summary>
    protected static EmbeddingRequest Read(ref JsonMembers json, string name, EmbeddingRequest request) => name switch
    {
        "model" => request with { Model = json.Text(name) },
        "truncate" => request with { Truncate = json.Flag(name) ?? true },

        // Nothing is cut off where it says 0.
        "dimensions" => request with { Dimensions = json.Whole(name) is { } wanted and not 0 ? wanted : null },
        _ => request with { Space = json.Text(name) },
    };
}
