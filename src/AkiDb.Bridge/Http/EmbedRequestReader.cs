using System.Text.Json;
using static AkiDb.Bridge.Http.RequestMembers;

namespace AkiDb.Bridge.Http;

/// <summary>Reads the JSON body of <c>POST /api/v1/embed</c>, strictly: what is not understood is an error that says what would be.</summary>
internal static class EmbedRequestReader
{
    private static readonly string[] Known =
        ["model", "inputs", "texts", "normalize", "pooling", "dimensions", "prompt", "prompt_name", "truncate", "fallback", "encoding_format", "priority", "timeout"];

    /// <summary>Reads a request.</summary>
    /// <exception cref="BridgeException">The body is no valid request (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static (EmbeddingRequest Request, VectorEncoding Encoding) Read(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            throw Bad("The request has no body. Send JSON such as {\"inputs\": [\"a text\"]}.");
        }

        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            throw Bad($"The body is not valid JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.", error);
        }
    }

    private static (EmbeddingRequest Request, VectorEncoding Encoding) Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Bad($"The body is {Describe(root)}; send an object such as {{\"inputs\": [\"a text\"]}}.");
        }

        var found = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            var name = NameOf(member);
            if (!Known.Contains(name))
            {
                throw Bad($"'{Shorten(name)}' is not a member of this request. Known are: {string.Join(", ", Known)}.");
            }

            if (!found.TryAdd(name, member.Value))
            {
                throw Bad($"'{name}' appears twice.");
            }
        }

        var members = new RequestMembers(found);
        var request = new EmbeddingRequest
        {
            Inputs = ReadInputs(members),
            Model = members.Text("model"),
            Normalize = members.Flag("normalize"),
            Pooling = members.Text("pooling"),
            Dimensions = members.Whole("dimensions"),
            Prompt = members.Text("prompt"),
            PromptName = members.Text("prompt_name"),
            Truncate = members.Flag("truncate") ?? true,
            Fallback = members.Choice<FallbackPolicy>("fallback", [("same-space", FallbackPolicy.SameSpace), ("any", FallbackPolicy.Any), ("off", FallbackPolicy.Off)]),
            Priority = members.Choice<EmbeddingPriority>("priority", [("interactive", EmbeddingPriority.Interactive), ("bulk", EmbeddingPriority.Bulk)]),
            Timeout = members.Time("timeout"),
        };
        var encoding = members.Choice<VectorEncoding>("encoding_format", [("float", VectorEncoding.Float), ("base64", VectorEncoding.Base64)]);
        return (request, encoding ?? VectorEncoding.Float);
    }

    private static string[] ReadInputs(RequestMembers members)
    {
        var (name, value) = (members.TryGet("inputs", out var inputs), members.TryGet("texts", out var texts)) switch
        {
            (true, true) => throw Bad("The request has both 'inputs' and 'texts', which mean the same. Send one of them."),
            (true, _) => ("inputs", inputs),
            (_, true) => ("texts", texts),
            _ => throw Bad("The request has no 'inputs'. Send JSON such as {\"inputs\": [\"a text\"]}."),
        };
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Bad($"'{name}' is {Describe(value)}; it must be an array of strings.");
        }

        if (value.GetArrayLength() == 0)
        {
            throw Bad($"'{name}' is an empty array; give at least one text.");
        }

        var result = new string[value.GetArrayLength()];
        var index = 0;
        foreach (var element in value.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.String)
            {
                throw Bad($"{name}[{index}] is {Describe(element)}; every input must be a string.");
            }

            result[index] = StringOf(element, $"{name}[{index}]");
            index++;
        }

        return result;
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException error)
        {
            throw Malformed("A member's name", error);
        }
    }
}
