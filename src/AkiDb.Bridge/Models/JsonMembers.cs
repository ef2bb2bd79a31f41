using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>The members of one JSON object of a model folder, with typed access that names file, member and value when it refuses.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Path">What stands before the member names in messages: empty, or such as <c>rope_parameters.</c>.</param>
/// <param name="Element">The object.</param>
/// <remarks>A member that is null counts as absent, as it does for the libraries that write these files.</remarks>
internal readonly record struct JsonMembers(string File, string Path, JsonElement Element)
{
    private const int LongestShownValue = 80;

    public JsonElement? Find(string name) =>
        Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public bool Has(string name) => Find(name) is not null;

    /// <summary>A whole number from 1 that fits into an <see cref="int"/>; required.</summary>
    public int Count(string name) => OptionalCount(name) ?? throw Missing(name, "a whole number from 1");

    public int? OptionalCount(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var count) && count > 0 => count,
        _ => throw Wrong(name, $"a whole number from 1 to {int.MaxValue}"),
    };

    /// <summary>A whole number from 0 that fits into an <see cref="int"/>.</summary>
    public int? OptionalNumber(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) && number >= 0 => number,
        _ => throw Wrong(name, $"a whole number from 0 to {int.MaxValue}"),
    };

    /// <summary>A finite number above 0; required.</summary>
    public double Positive(string name) => OptionalPositive(name) ?? throw Missing(name, "a number above 0");

    public double? OptionalPositive(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number > 0 && double.IsFinite(number) => number,
        _ => throw Wrong(name, "a finite number above 0"),
    };

    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => throw Wrong(name, "true or false"),
    };

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw Wrong(name, "a string"),
    };

    public JsonMembers? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new JsonMembers(File, $"{Path}{name}.", value),
        _ => throw Wrong(name, "an object"),
    };

    public IEnumerable<JsonElement>? Array(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value => value.EnumerateArray(),
        _ => throw Wrong(name, "an array"),
    };

    /// <summary>The member is absent or one of these strings.</summary>
    public void Expect(string name, params ReadOnlySpan<string> accepted)
    {
        if (Text(name) is { } text && !accepted.Contains(text))
        {
            throw Wrong(name, string.Join(" or ", accepted.ToArray().Select(value => $"\"{value}\"")));
        }
    }

    /// <summary>The member is absent or this flag.</summary>
    public void Expect(string name, bool accepted)
    {
        if (Flag(name) is { } flag && flag != accepted)
        {
            throw Wrong(name, accepted ? "true" : "false");
        }
    }

    /// <summary>The member is absent, null, or holds nothing.</summary>
    public void ExpectNothing(string name)
    {
        if (HasContent(name))
        {
            throw Wrong(name, "null");
        }
    }

    /// <summary>Whether the member is there, and is neither null nor an object or an array that holds nothing.</summary>
    public bool HasContent(string name) => Find(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.Object } value => value.EnumerateObject().Any(),
        { ValueKind: JsonValueKind.Array } value => value.GetArrayLength() > 0,
        _ => true,
    };

    /// <summary>Every member has a name that the reader knows: a new one may change vectors.</summary>
    public void ExpectOnly(params ReadOnlySpan<string> known)
    {
        foreach (var member in Element.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                throw Wrong(member.Name, $"no such member here (understood: {string.Join(", ", known)})");
            }
        }
    }

    public BridgeException Wrong(string name, string accepted)
    {
        var shown = Element.TryGetProperty(name, out var value) ? value.GetRawText() : "absent";
        shown = shown.Length > LongestShownValue ? shown[..LongestShownValue] + "..." : shown;
        return BadModel.Foreign(File, $"'{Path}{name}' is {shown}, which is not understood; accepted is {accepted}.");
    }

    public BridgeException Missing(string name, string accepted) =>
        BadModel.In(File, $"'{Path}{name}' is missing; accepted is {accepted}.");
}
