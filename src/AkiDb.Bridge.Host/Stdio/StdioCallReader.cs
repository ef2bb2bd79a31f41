using System.Text.Json;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Reads one line of AkiDB's protocol: <c>{"method": ..., "params": {...}}</c>.</summary>
/// <remarks>
/// Members beside these two are passed over. A parameter that is not known is an error: it may ask for other vectors than would come.
/// </remarks>
internal static class StdioCallReader
{
    private const int LongestName = 60;
    private const int LongestSentence = 300;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    /// <summary>Reads a line, without its end.</summary>
    /// <exception cref="BadCallException">It is not understood.</exception>
    public static StdioCall Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line, Strict);
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new BadCallException($"The line is not valid JSON: {Shorten(error.Message, LongestSentence)}");
        }
        catch (InvalidOperationException)
        {
            throw new BadCallException("A text is not well-formed: it holds half of a surrogate pair (\\ud800 to \\udfff), or bytes that are not UTF-8.");
        }
    }

    private static StdioCall Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new BadCallException($"The line is {NameOf(root)}; it must be an object such as {{\"method\": \"ping\", \"params\": {{}}}}.");
        }

        var method = root.TryGetProperty("method", out var named) && named.ValueKind == JsonValueKind.String
            ? named.GetString()!
            : throw new BadCallException("The line has no 'method'; known are ping, load_model and embed_batch.");
        return method switch
        {
            "ping" => new PingCall(),
            "load_model" => ReadLoad(Parameters(root, method, "model", "cache_dir")),
            "embed_batch" => ReadEmbed(Parameters(root, method, "model", "inputs", "normalize")),
            _ => throw new BadCallException($"The method '{Shorten(method)}' is not known; known are ping, load_model and embed_batch."),
        };
    }

    private static LoadModelCall ReadLoad(JsonElement parameters) => new(Model(parameters), Text(parameters, "cache_dir"));

    private static EmbedBatchCall ReadEmbed(JsonElement parameters)
    {
        if (!parameters.TryGetProperty("inputs", out var inputs) || inputs.ValueKind != JsonValueKind.Array)
        {
            throw new BadCallException($"'inputs' is {NameOf(inputs)}; it must be an array of strings.");
        }

        var texts = new string[inputs.GetArrayLength()];
        var index = 0;
        foreach (var input in inputs.EnumerateArray())
        {
            texts[index] = input.ValueKind == JsonValueKind.String
                ? input.GetString()!
                : throw new BadCallException($"inputs[{index}] is {NameOf(input)}; every input must be a string.");
            index++;
        }

        return new EmbedBatchCall(Model(parameters), texts, Normalize(parameters));
    }

    // AkiDB's own server normalises where nothing is said.
    private static bool Normalize(JsonElement parameters)
    {
        parameters.TryGetProperty("normalize", out var normalize);
        return normalize.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new BadCallException($"'normalize' is {NameOf(normalize)}; it must be true or false."),
        };
    }

    private static string Model(JsonElement parameters) => Text(parameters, "model") is { Length: > 0 } model
        ? model
        : throw new BadCallException("'model' is missing; it must be a model's name or folder.");

    private static string? Text(JsonElement parameters, string name)
    {
        parameters.TryGetProperty(name, out var value);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.String => value.GetString(),
            _ => throw new BadCallException($"'{name}' is {NameOf(value)}; it must be a string."),
        };
    }

    private static JsonElement Parameters(JsonElement root, string method, params string[] known)
    {
        if (!root.TryGetProperty("params", out var parameters) || parameters.ValueKind != JsonValueKind.Object)
        {
            throw new BadCallException($"'params' is {NameOf(parameters)}; {method} takes an object with {string.Join(", ", known)}.");
        }

        foreach (var member in parameters.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                throw new BadCallException($"'{Shorten(member.Name)}' is no parameter of {method}; known are {string.Join(", ", known)}.");
            }
        }

        return parameters;
    }

    private static string NameOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => "a number",
        _ => "true or false",
    };

    private static string Shorten(string text, int longest = LongestName) => text.Length <= longest ? text : $"{text[..longest]}...";
}
