using System.Buffers;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>
/// Reads the JSON body of <c>POST /api/v1/embed</c>, strictly: what is not understood is an error that says what would be. It knows the shape only; what
/// the values must be, the model's own validator says.
/// </summary>
internal ref struct EmbedRequestReader
{
    // Far above what any model is given at once. Strings are made for no more.
    public const int MostInputs = 1_000_000;

    private const string Example = "{\"inputs\": [\"a text\"]}";

    private static readonly string[] Known =
        ["model", "inputs", "texts", "normalize", "pooling", "dimensions", "prompt", "prompt_name", "truncate", "fallback", "encoding_format", "priority", "timeout", "space"];

    private JsonMembers json;
    private string? inputsName;
    private string? nullName;
    private VectorEncoding encoding;

    private EmbedRequestReader(ReadOnlySequence<byte> body) => json = new JsonMembers(body, Known);

    /// <summary>Reads a request.</summary>
    /// <exception cref="BridgeException">The body is no request (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static (EmbeddingRequest Request, VectorEncoding Encoding) Read(ReadOnlySequence<byte> body) => JsonMembers.Read(body, Example, json =>
    {
        var reader = new EmbedRequestReader(json);
        return (reader.ReadRequest(), reader.encoding);
    });

    private EmbeddingRequest ReadRequest()
    {
        var request = new EmbeddingRequest { Inputs = [] };
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            request = name switch
            {
                "inputs" or "texts" => ReadInputs(name) is { } inputs ? request with { Inputs = inputs } : request,
                "model" => request with { Model = json.Text(name) },
                "normalize" => request with { Normalize = json.Flag(name) },
                "pooling" => request with { Pooling = json.Text(name) },
                "dimensions" => request with { Dimensions = json.Whole(name) },
                "prompt" => request with { Prompt = json.Text(name) },
                "prompt_name" => request with { PromptName = json.Text(name) },
                "truncate" => request with { Truncate = json.Flag(name) ?? true },
                "fallback" => request with { Fallback = json.Choice(name, [("same-space", FallbackPolicy.SameSpace), ("any", FallbackPolicy.Any), ("off", FallbackPolicy.Off)]) },
                "priority" => request with { Priority = json.Choice(name, [("interactive", EmbeddingPriority.Interactive), ("bulk", EmbeddingPriority.Bulk)]) },
                "timeout" => request with { Timeout = json.Time(name) },
                "space" => request with { Space = json.Text(name) },
                _ => ReadEncoding(request, name),
            };
        }

        return inputsName is not null
            ? request
            : throw JsonMembers.Bad(nullName is null
                ? $"The request has no 'inputs'. Send JSON such as {Example}."
                : $"'{nullName}' is null; it must be an array of strings.");
    }

    private EmbeddingRequest ReadEncoding(EmbeddingRequest request, string name)
    {
        encoding = json.Choice(name, [("float", VectorEncoding.Float), ("base64", VectorEncoding.Base64)]) ?? VectorEncoding.Float;
        return request;
    }

    // null means the same as leaving the member out, as most clients write it.
    private string[]? ReadInputs(string name)
    {
        if (json.IsNull)
        {
            nullName ??= name;
            return null;
        }

        if (inputsName is not null)
        {
            throw JsonMembers.Bad("The request has both 'inputs' and 'texts', which mean the same. Send one of them.");
        }

        inputsName = name;
        return json.Strings(name, MostInputs);
    }
}
