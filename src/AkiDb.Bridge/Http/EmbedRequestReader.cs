using System.Text.Json;

namespace AkiDb.Bridge.Http;

/// <summary>Reads the JSON body of <c>POST /api/v1/embed</c>, strictly: what is not understood is an error that says what would be.</summary>
internal static class EmbedRequestReader
{
    private static readonly string[] Known =
        ["model", "inputs", "texts", "normalize", "pooling", "dimensions", "prompt_name", "truncate", "fallback", "encoding_format"];

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

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            var name = NameOf(member);
            if (!Known.Contains(name))
            {
                throw Bad($"'{Shorten(name)}' is not a member of this request. Known are: {string.Join(", ", Known)}.");
            }

            if (!members.TryAdd(name, member.Value))
            {
                throw Bad($"'{name}' appears twice.");
            }
        }

        var request = new EmbeddingRequest
        {
            Inputs = ReadInputs(members),
            Model = Text(members, "model"),
            Normalize = Flag(members, "normalize"),
            Pooling = Text(members, "pooling"),
            Dimensions = Whole(members, "dimensions"),
            PromptName = Text(members, "prompt_name"),
            Truncate = Flag(members, "truncate") ?? true,
            Fallback = Choice<FallbackPolicy>(members, "fallback", [("same-space", FallbackPolicy.SameSpace), ("any", FallbackPolicy.Any), ("off", FallbackPolicy.Off)]),
        };
        var encoding = Choice<VectorEncoding>(members, "encoding_format", [("float", VectorEncoding.Float), ("base64", VectorEncoding.Base64)]);
        return (request, encoding ?? VectorEncoding.Float);
    }

    private static string[] ReadInputs(Dictionary<string, JsonElement> members)
    {
        var (name, value) = (members.TryGetValue("inputs", out var inputs), members.TryGetValue("texts", out var texts)) switch
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

    private static string? Text(Dictionary<string, JsonElement> members, string name) => Optional(members, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => StringOf(value, $"'{name}'"),
        { } value => throw Bad($"'{name}' is {Describe(value)}; it must be a string."),
    };

    private static bool? Flag(Dictionary<string, JsonElement> members, string name) => Optional(members, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Bad($"'{name}' is {Describe(value)}; it must be true or false."),
    };

    private static int? Whole(Dictionary<string, JsonElement> members, string name) => Optional(members, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) => number,
        { } value => throw Bad($"'{name}' is {Describe(value)}; it must be a whole number."),
    };

    private static T? Choice<T>(Dictionary<string, JsonElement> members, string name, (string Name, T Value)[] choices)
        where T : struct
    {
        if (Text(members, name) is not { } text)
        {
            return null;
        }

        foreach (var choice in choices)
        {
            if (choice.Name == text)
            {
                return choice.Value;
            }
        }

        throw Bad($"'{name}' is '{Shorten(text)}'; it must be one of {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }

    // null means the same as leaving the member out, as most clients write it.
    private static JsonElement? Optional(Dictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

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

    private static string StringOf(JsonElement value, string what)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Malformed(what, error);
        }
    }

    private static BridgeException Malformed(string what, Exception cause) => Bad(
        $"{what} is not well-formed text: it holds half of a surrogate pair (\\ud800 to \\udfff), or bytes that are not UTF-8.", cause);

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        _ => value.GetRawText(),
    };

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "...";

    private static BridgeException Bad(string message, Exception? cause = null) => new(BridgeErrorKind.BadInput, message, cause);
}
