using System.Buffers;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The members of a JSON object in their order, each read as what it must be; anything else is an error that says so. Nothing is kept that is not read.</summary>
internal ref struct JsonMembers
{
    private const int ShortName = 60;

    private readonly ReadOnlySequence<byte> body;
    private readonly string[] known;
    private readonly bool isLenient;
    private readonly int longestKnown;
    private Utf8JsonReader reader;
    private long seen;

    /// <param name="body">The JSON text.</param>
    /// <param name="known">The members that there may be, 64 at most.</param>
    /// <param name="isLenient">Whether others are passed over, and the last one counts of those that appear twice, as ecosystems have it that are not ours.</param>
    public JsonMembers(ReadOnlySequence<byte> body, string[] known, bool isLenient = false)
    {
        (this.body, this.known, this.isLenient) = (body, known, isLenient);
        longestKnown = known.Max(name => name.Length);

        // What lies in one piece is read faster.
        reader = body.IsSingleSegment ? new Utf8JsonReader(body.FirstSpan) : new Utf8JsonReader(body);
    }

    /// <summary>Whether the member's value is null.</summary>
    public readonly bool IsNull => reader.TokenType == JsonTokenType.Null;

    public static BridgeException Bad(string message, Exception? cause = null) => new(BridgeErrorKind.BadInput, message, cause);

    /// <summary>The error of a member that is not what it must be.</summary>
    public static BridgeException BadMember(string name, string message) => new(new BridgeError(BridgeErrorKind.BadInput, message) { Member = name });

    /// <summary>Reads a request from a body; what is no JSON is an error that says where.</summary>
    /// <exception cref="BridgeException">The body is no request (<see cref="BridgeErrorKind.BadInput"/>).</exception>
    public static T Read<T>(ReadOnlySequence<byte> body, string example, Func<ReadOnlySequence<byte>, T> read)
    {
        if (body.IsEmpty)
        {
            throw Bad($"The request has no body. Send JSON such as {example}.");
        }

        try
        {
            return read(ByteOrderMark.Skip(body));
        }
        catch (JsonException error)
        {
            throw Bad($"The body is not valid JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.", error);
        }
    }

    /// <summary>Begins to read, when all of the text has been found to be JSON.</summary>
    /// <param name="example">An object that would be right.</param>
    public void ExpectObject(string example)
    {
        var ahead = reader;
        while (ahead.Read())
        {
        }

        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad($"The body is {Describe()}; send an object such as {example}.");
        }
    }

    /// <summary>The next member's name; its value is what is read next. Null behind the last one, when the text is at its end.</summary>
    public string? ReadName()
    {
        reader.Read();
        var (name, index) = ("", -1);
        while (reader.TokenType != JsonTokenType.EndObject)
        {
            name = NameOf();
            index = Array.IndexOf(known, name);
            if (index >= 0 || !isLenient)
            {
                break;
            }

            reader.Read();
            reader.Skip();
            reader.Read();
        }

        if (reader.TokenType == JsonTokenType.EndObject)
        {
            // Whatever follows is an error.
            reader.Read();
            return null;
        }

        if (index < 0)
        {
            throw Bad($"'{ForeignText.Shorten(name, ShortName)}' is not a member of this request. Known are: {string.Join(", ", known)}.");
        }

        if (!isLenient && (seen & (1L << index)) != 0)
        {
            throw Bad($"'{name}' appears twice.");
        }

        seen |= 1L << index;
        reader.Read();
        return name;
    }

    public string? Text(string name) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => StringOf(name, null),
        _ => throw BadMember(name, $"'{name}' is {Describe()}; it must be a string."),
    };

    public readonly bool? Flag(string name) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw BadMember(name, $"'{name}' is {Describe()}; it must be true or false."),
    };

    public readonly int? Whole(string name) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.Number when reader.TryGetInt32(out var number) => number,
        _ => throw BadMember(name, $"'{name}' is {Describe()}; it must be a whole number."),
    };

    public TimeSpan? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        return Duration.TryParse(text, out var duration)
            ? duration
            : throw Bad($"'{name}' is '{ForeignText.Shorten(text)}'; it must be a duration such as \"5s\", \"250ms\" or \"00:00:05\".");
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

        throw BadMember(name, $"'{name}' is '{ForeignText.Shorten(text)}'; it must be one of {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }

    /// <summary>An array of strings, at least one. They are counted before the first one is made.</summary>
    public string[] Strings(string name, int most) => StringsOrNone(name, most) is { Length: > 0 } texts
        ? texts
        : throw Bad($"'{name}' is an empty array; give at least one text.");

    /// <summary>An array of strings, which may be empty.</summary>
    public string[] StringsOrNone(string name, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw BadMember(name, $"'{name}' is {Describe()}; it must be an array of strings.");
        }

        var count = CountStrings(name);
        ExpectAtMost(count, most);
        var result = new string[count];
        for (var index = 0; index < result.Length; index++)
        {
            reader.Read();
            result[index] = StringOf(name, index);
        }

        reader.Read();
        return result;
    }

    /// <summary>The JSON text of an object within the request.</summary>
    public ReadOnlySequence<byte> Object(string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw BadMember(name, $"'{name}' is {Describe()}; it must be an object.");
        }

        var start = reader.TokenStartIndex;
        reader.Skip();
        return body.Slice(start, reader.BytesConsumed - start);
    }

    /// <summary>A text, or texts.</summary>
    public string[] TextOrTexts(string name, int most) => reader.TokenType == JsonTokenType.String ? [StringOf(name, null)] : StringsOrNone(name, most);

    /// <summary>What embedding routes of other ecosystems take: a text, texts, a list of token ids, or lists of them.</summary>
    public TextsOrIds TextsOrIds(string name, int most)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new TextsOrIds([StringOf(name, null)], null);
        }

        var ahead = reader;
        if (reader.TokenType != JsonTokenType.StartArray || !ahead.Read())
        {
            throw BadMember(name, $"'{name}' is {Describe()}; it must be a string or an array of strings.");
        }

        return ahead.TokenType switch
        {
            JsonTokenType.Number => new TextsOrIds([], [Ids(name)]),
            JsonTokenType.StartArray => new TextsOrIds([], ListsOfIds(name, most)),
            _ => new TextsOrIds(StringsOrNone(name, most), null),
        };
    }

    /// <summary>Token ids, or lists of them.</summary>
    public int[][] IdsOrLists(string name, int most)
    {
        var ahead = reader;
        return reader.TokenType == JsonTokenType.StartArray && ahead.Read() && ahead.TokenType != JsonTokenType.Number ? ListsOfIds(name, most) : [Ids(name)];
    }

    private int[][] ListsOfIds(string name, int most)
    {
        var lists = new List<int[]>();
        for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            lists.Add(Ids($"{name}[{lists.Count}]"));
            ExpectAtMost(lists.Count, most);
        }

        return [.. lists];
    }

    private int[] Ids(string name)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw BadMember(name, $"{name} is {Describe()}; it must be an array of token ids.");
        }

        var ids = new List<int>();
        for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            // What is too large for an id is past any vocabulary.
            ids.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetUInt32(out var id)
                ? (int)Math.Min(id, int.MaxValue)
                : throw BadMember(name, $"{name}[{ids.Count}] is {Describe()}; it must be a token id{(ids.Count > 0 ? ", as those before it" : "")}."));
        }

        return [.. ids];
    }

    private static void ExpectAtMost(int count, int most)
    {
        if (count > most)
        {
            throw new BridgeException(BridgeErrorKind.TooLarge, $"The request has {count} inputs. Split it into several requests.");
        }
    }

    private readonly int CountStrings(string name)
    {
        // A copy: this reader stays where it is.
        var ahead = this;
        for (var count = 0; ; count++)
        {
            ahead.reader.Read();
            switch (ahead.reader.TokenType)
            {
                case JsonTokenType.EndArray:
                    return count;
                case JsonTokenType.String:
                    break;
                default:
                    throw BadMember(name, $"{name}[{count}] is {ahead.Describe()}; every input must be a string.");
            }
        }
    }

    private readonly string NameOf()
    {
        // A name so long is none that is known, even if each of its letters is escaped, and need not be made a string.
        const int LongestLetter = 6;
        if (RawLength > longestKnown * LongestLetter)
        {
            var start = reader.HasValueSequence ? reader.ValueSequence.Slice(0, ShortName).ToArray() : reader.ValueSpan[..ShortName];
            return Encoding.UTF8.GetString(start) + "...";
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Malformed("A member's name", error);
        }
    }

    private readonly long RawLength => reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;

    private readonly string StringOf(string name, int? index)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Malformed(index is null ? $"'{name}'" : $"{name}[{index}]", error);
        }
    }

    private static BridgeException Malformed(string what, Exception cause) => Bad(
        $"{what} is not well-formed text: it holds half of a surrogate pair (\\ud800 to \\udfff), or bytes that are not UTF-8.", cause);

    private readonly string Describe() => reader.TokenType switch
    {
        JsonTokenType.Null => "null",
        JsonTokenType.String => "a string",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => $"the number {Number()}",
    };

    private readonly string Number()
    {
        var start = reader.HasValueSequence
            ? reader.ValueSequence.Slice(0, Math.Min(ShortName, reader.ValueSequence.Length)).ToArray()
            : reader.ValueSpan[..Math.Min(ShortName, reader.ValueSpan.Length)];
        return Encoding.ASCII.GetString(start) + (RawLength > ShortName ? "..." : "");
    }
}
