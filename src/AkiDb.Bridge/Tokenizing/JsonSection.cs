using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>One object of a <c>tokenizer.json</c>, read strictly: what is missing, of another type or unknown is an error that names it.</summary>
internal sealed class JsonSection
{
    private const int LongestQuote = 200;

    private readonly string file;
    private readonly string name;
    private readonly JsonElement element;

    /// <param name="file">The file.</param>
    /// <param name="name">Where in the file this is, such as <c>model</c>.</param>
    /// <param name="value">The object.</param>
    public JsonSection(string file, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw NotUnderstood(file, name, value.GetRawText());
        }

        this.file = file;
        this.name = name;
        element = value;
    }

    public string Type => String("type");

    /// <summary>Refuses the section when it has a member beside its type and the given ones.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name != "type" && !names.Contains(member.Name))
            {
                throw Refuse(member.Name);
            }
        }
    }

    public bool IsNull(string member) => !element.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null;

    public string String(string member) => Member(member, JsonValueKind.String).GetString()!;

    public int Integer(string member) =>
        Member(member, JsonValueKind.Number).TryGetInt32(out var value) && value >= 0 ? value : throw Refuse(member);

    public bool Flag(string member)
    {
        var value = Member(member);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Refuse(member);
    }

    public JsonSection Section(string member) => new(file, $"{name}.{member}", Member(member));

    public List<JsonSection> Sections(string member)
    {
        var sections = new List<JsonSection>();
        foreach (var item in Member(member, JsonValueKind.Array).EnumerateArray())
        {
            sections.Add(new JsonSection(file, $"{name}.{member}[{sections.Count}]", item));
        }

        return sections;
    }

    /// <summary>A member that is an array.</summary>
    public JsonElement Array(string member) => Member(member, JsonValueKind.Array);

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

    /// <summary>Refuses the section when a member is there and neither null nor an empty string.</summary>
    public void RequireNone(string member)
    {
        if (!IsNull(member) && !(Member(member) is { ValueKind: JsonValueKind.String } value && value.ValueEquals(string.Empty)))
        {
            throw Refuse(member);
        }
    }

    /// <summary>The error that says that a member's value is not understood.</summary>
    public BridgeException Refuse(string member) => NotUnderstood(
        file, $"{name}.{member}", element.TryGetProperty(member, out var value) ? Quote(value) : "missing");

    /// <summary>The error that says that a value is not understood.</summary>
    public static BridgeException NotUnderstood(string file, string name, string value) => new(
        BridgeErrorKind.BadModel,
        $"'{file}': '{name}' is {(value.Length > LongestQuote ? value[..LongestQuote] + "..." : value)}, which this tokeniser does not "
        + "understand.")
    {
        IsForeignModel = true,
    };

    private static string Quote(JsonElement value) => value.ValueKind == JsonValueKind.String ? $"\"{value.GetString()}\"" : value.GetRawText();

    private JsonElement Member(string member) => element.TryGetProperty(member, out var value) ? value : throw Refuse(member);

    private JsonElement Member(string member, JsonValueKind kind) =>
        Member(member) is var value && value.ValueKind == kind ? value : throw Refuse(member);
}
