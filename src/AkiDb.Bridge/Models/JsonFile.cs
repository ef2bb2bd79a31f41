using System.Text.Json;
using System.Text.Unicode;

namespace AkiDb.Bridge.Models;

/// <summary>Reads the JSON files of a model folder: plain JSON, no comments, no broken text. Of a member that stands there twice the last one counts.</summary>
internal static class JsonFile
{
    /// <summary>Far above any configuration file or shard index, and small enough to read into memory at once.</summary>
    public const int MaxBytes = 64 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The members of a file that holds one JSON object.</summary>
    public static JsonMembers ReadObject(string path) => ParseObject(path, RegularFile.ReadAll(path, MaxBytes));

    /// <summary>The members of one JSON object that was read from a file already.</summary>
    public static JsonMembers ParseObject(string path, ReadOnlySpan<byte> utf8)
    {
        var root = Parse(path, utf8);
        return root.ValueKind == JsonValueKind.Object
            ? new JsonMembers(path, "", root)
            : throw BadModel.In(path, $"holds a JSON {Kind(root)} where an object is needed.");
    }

    /// <summary>The members of the file, or null when there is no such file.</summary>
    public static JsonMembers? ReadObjectIfPresent(string path) => File.Exists(path) ? ReadObject(path) : null;

    public static JsonElement Read(string path) => Parse(path, RegularFile.ReadAll(path, MaxBytes));

    /// <summary>Parses JSON that was read from a file already.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="utf8">The JSON.</param>
    /// <param name="refuseTwice">Whether a member that stands there twice is an error; else the last one counts, as it does for the reference library.</param>
    public static JsonElement Parse(string path, ReadOnlySpan<byte> utf8, bool refuseTwice = false)
    {
        try
        {
            CheckText(utf8);
            return JsonElement.Parse(utf8, refuseTwice ? Strict : default);
        }
        catch (JsonException error) when (error.LineNumber is { } line)
        {
            throw BadModel.In(path, $"is not valid JSON: line {line + 1}, byte {error.BytePositionInLine + 1}.", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw BadModel.In(path, $"is not valid JSON: {error.Message}", error);
        }
    }

    public static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };

    /// <summary>Strings are decoded lazily, where a broken one would throw at its reader: so every string is tried here, once.</summary>
    private static void CheckText(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            throw new JsonException("it holds bytes that are not UTF-8.");
        }

        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                _ = reader.GetString();
            }
        }
    }
}
