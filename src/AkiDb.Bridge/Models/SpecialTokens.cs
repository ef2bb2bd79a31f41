using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>The special tokens of a folder without <c>tokenizer.json</c>, which have to be those that its class has.</summary>
internal static class SpecialTokens
{
    /// <summary>The tokeniser's own settings.</summary>
    public const string Config = "tokenizer_config.json";

    private static readonly string[] Files = [Config, "special_tokens_map.json"];

    /// <summary>Refuses the folder if its files name other special tokens than its class has.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="expected">The class's tokens by the members that name them.</param>
    public static void Check(string folder, IReadOnlyDictionary<string, string> expected)
    {
        foreach (var members in Files.Select(name => JsonFile.ReadObjectIfPresent(Path.Combine(folder, name))).OfType<JsonMembers>())
        {
            foreach (var (member, token) in expected)
            {
                if (members.Find(member) is { } value && ContentOf(value) != token)
                {
                    throw members.Wrong(member, $"\"{token}\", where there is no tokenizer.json");
                }
            }
        }
    }

    /// <summary>Writes them as added tokens.</summary>
    /// <param name="writer">What is inside the file's object.</param>
    /// <param name="tokens">Each token, its id, and whether it takes the white space before it.</param>
    public static void Write(Utf8JsonWriter writer, IEnumerable<(string Content, int Id, bool TakesSpaceBefore)> tokens)
    {
        writer.WriteStartArray("added_tokens");
        foreach (var (content, id, takesSpaceBefore) in tokens)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", id);
            writer.WriteString("content", content);
            writer.WriteBoolean("single_word", false);
            writer.WriteBoolean("lstrip", takesSpaceBefore);
            writer.WriteBoolean("rstrip", false);
            writer.WriteBoolean("normalized", false);
            writer.WriteBoolean("special", true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>A token, written as a string or as an object; null for anything else.</summary>
    public static string? ContentOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String => content.GetString(),
        _ => null,
    };
}
