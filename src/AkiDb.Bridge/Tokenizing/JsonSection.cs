using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>One object of a <c>tokenizer.json</c>, read strictly: what is missing, of another type or unknown is an error that names it.</summary>
/// <param name="file">The file.</param>
/// <param name="name">Where in the file this is, such as <c>model</c>.</param>
/// <param name="members">The object's members.</param>
internal sealed class JsonSection(string file, string name, IReadOnlyDictionary<string, JsonElement> members)
{
    public string Type => String("type");

    public static JsonSection Of(string file, string name, JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? new JsonSection(file, name, value.EnumerateObject().ToDictionary(member => member.Name, member => member.Value))
        : throw NotUnderstood(file, name, value.GetRawText());

    /// <summary>Refuses the section when it has a member beside its type and the given ones.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        foreach (string member in members.Keys)
        {
            if (member != "type" && !names.Contains(member))
            {
                throw Refuse(member);
            }
        }
    }

    public bool IsNull(string member) => !members.TryGetValue(member, out JsonElement value) || value.ValueKind == JsonValueKind.Null;

    public string String(string member) => Member(member, JsonValueKind.String).GetString()!;

    public int Integer(string member) =>
        Member(member, JsonValueKind.Number).TryGetInt32(out int value) && value >= 0 ? value : throw Refuse(member);

    public bool Flag(string member)
    {
        JsonElement value = Member(member);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Refuse(member);
    }

    public JsonSection Section(string member) => Of(file, $"{name}.{member}", Member(member));

    public IReadOnlyList<JsonSection> Sections(string member) =>
        [.. Member(member, JsonValueKind.Array).EnumerateArray().Select((value, i) => Of(file, $"{name}.{member}[{i}]", value))];

    public IReadOnlyList<JsonElement> Items(string member) => [.. Member(member, JsonValueKind.Array).EnumerateArray()];

    /// <summary>Refuses the section when a member has another value than the one that is understood.</summary>
    public void Require(string member, string value)
    {
        if (String(member) != value)
        {
            throw Refuse(member);
        }
    }

    /// <summary>Refuses the section when a flag has another value than the one that is understood.</summary>
    public void Require(string member, bool value)
    {
        if (Flag(member) != value)
        {
            throw Refuse(member);
        }
    }

    /// <summary>Refuses the section when a member is there and neither null nor empty.</summary>
    public void RequireNone(string member)
    {
        if (!IsNull(member) && !(members[member].ValueKind == JsonValueKind.String && members[member].ValueEquals(string.Empty)))
        {
            throw Refuse(member);
        }
    }

    /// <summary>The error that says that a member's value is not understood.</summary>
    public BridgeException Refuse(string member) =>
        NotUnderstood(file, $"{name}.{member}", members.TryGetValue(member, out JsonElement value) ? value.GetRawText() : "missing");

    /// <summary>The error that says that a value is not understood.</summary>
    public static BridgeException NotUnderstood(string file, string name, string value) => new(
        BridgeErrorKind.BadModel,
        $"'{file}': '{name}' is {(value.Length > 200 ? value[..200] + "..." : value)}, which this tokeniser does not understand. "
        + "Serve this model with a worker that runs sentence-transformers: it brings its own tokeniser.");

    private JsonElement Member(string member) => members.TryGetValue(member, out JsonElement value) ? value : throw Refuse(member);

    private JsonElement Member(string member, JsonValueKind kind) =>
        Member(member) is var value && value.ValueKind == kind ? value : throw Refuse(member);
}
