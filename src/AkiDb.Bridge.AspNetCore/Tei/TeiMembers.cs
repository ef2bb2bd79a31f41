namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>The members that all routes of text-embeddings-inference take beside their inputs.</summary>
internal static class TeiMembers
{
    public static readonly string[] Names = ["truncate", "truncation_direction", "normalize", "prompt_name", "dimensions", "model", "space"];

    /// <summary>Reads one of them into the request.</summary>
    public static EmbeddingRequest Read(ref JsonMembers json, string name, EmbeddingRequest request) => name switch
    {
        "truncate" => request with { Truncate = json.Flag(name) ?? true },
        "truncation_direction" => request with
        {
            TruncateFromStart = json.Choice(name, [("Left", true), ("left", true), ("Right", false), ("right", false)]) ?? false,
        },
        "normalize" => request with { Normalize = json.Flag(name) ?? request.Normalize },
        "prompt_name" => request with { PromptName = json.Text(name) },
        "dimensions" => request with { Dimensions = json.Whole(name) },
        "model" => request with { Model = json.Text(name) },
        _ => request with { Space = json.Text(name) },
    };
}
