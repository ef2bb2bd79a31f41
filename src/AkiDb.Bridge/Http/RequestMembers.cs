using System.Text.Json;

namespace AkiDb.Bridge.Http;

/// <summary>The members of a request's JSON object, each read as what it must be; anything else is an error that says so.</summary>
/// <param name="members">The members by their names.</param>
internal sealed class RequestMembers(IReadOnlyDictionary<string, JsonElement> members)
{
    public bool TryGet(string name, out JsonElement value) => members.TryGetValue(name, out value);

    public string? Text(string name) => Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => StringOf(value, $"'{name}'"),
        { } value => throw Bad($"'{name}' is {Describe(value)}; it must be a string."),
    };

    public bool? Flag(string name) => Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Bad($"'{name}' is {Describe(value)}; it must be true or false."),
    };

    public int? Whole(string name) => Optional(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) => number,
        { } value => throw Bad($"'{name}' is {Describe(value)}; it must be a whole number."),
    };

    public TimeSpan? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return Duration.TryParse(text, out var duration)
            ? duration.Value
            : throw Bad($"'{name}' is '{Shorten(text)}'; it must be a duration such as \"5s\", \"250ms\" or \"00:00:05\".");
    }

    public T? Choice<T>(string name, (string Name, T Value)[] choices)
        where T : struct
    {
        if (Text(name) is not { } text)
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
    private JsonElement? Optional(string name) =>
        members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string StringOf(JsonElement value, string what)
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

    public static BridgeException Malformed(string what, Exception cause) => Bad(
        $"{what} is not well-formed text: it holds half of a surrogate pair (\\ud800 to \\udfff), or bytes that are not UTF-8.", cause);

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        _ => value.GetRawText(),
    };

    public static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "...";

    public static BridgeException Bad(string message, Exception? cause = null) => new(BridgeErrorKind.BadInput, message, cause);
}
