using System.Text.Json;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>
/// Whether every token that the files beside <c>tokenizer.json</c> name is one that it lists, and in the same way: what it does not list, the library adds to it, and what it
/// lists in another way, the library changes.
/// </summary>
internal static class SpecialTokenCheck
{
    private const string NotListed = "a token among the 'added_tokens' of tokenizer.json: the library would add it there";

    private static readonly string[] Flags = ["single_word", "lstrip", "rstrip"];

    /// <exception cref="BridgeException">A token is not listed, or in another way.</exception>
    public static void Check(TokenizerSections file, TokenizerConfig config)
    {
        var listed = new Dictionary<string, JsonSection>(StringComparer.Ordinal);
        foreach (var token in file.Root.Sections("added_tokens"))
        {
            listed[token.String("content")] = token;
        }

        config.Members.Expect("split_special_tokens", false);
        foreach (var (member, token) in config.DefaultTokens(file.Model.Type))
        {
            if (!config.Members.Element.TryGetProperty(member, out _) && !listed.ContainsKey(token))
            {
                throw config.Members.Wrong(member, $"a token that tokenizer.json lists: the library's class has '{token}', which it does not");
            }
        }

        CheckNamed(config.Members, listed);
        CheckDecoder(config.Members, listed, withNormalized: !file.Root.IsNull("normalizer"));
        var folder = Path.GetDirectoryName(config.Members.File)!;
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, "special_tokens_map.json")) is { } map)
        {
            CheckNamed(map, listed);
        }

        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, "added_tokens.json")) is { } added)
        {
            foreach (var token in added.Element.EnumerateObject())
            {
                if (!listed.TryGetValue(token.Name, out var known) || token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out var id) || known.Integer("id") != id)
                {
                    throw added.Wrong(token.Name, NotListed);
                }
            }
        }
    }

    private static void CheckNamed(JsonMembers members, Dictionary<string, JsonSection> listed)
    {
        foreach (var member in members.Element.EnumerateObject().Where(member => IsNaming(member.Name)))
        {
            if (Contents(member.Value).Any(token => !listed.ContainsKey(token)))
            {
                throw members.Wrong(member.Name, NotListed);
            }
        }
    }

    private static bool IsNaming(string member) =>
        member.EndsWith("_token", StringComparison.Ordinal) || member is "additional_special_tokens" or "extra_special_tokens";

    /// <summary>The tokens that a member names: one, a list of them, or some by names.</summary>
    private static IEnumerable<string> Contents(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Contents),
        JsonValueKind.Object when value.TryGetProperty("content", out var content) => Contents(content),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Contents(member.Value)),
        _ => [],
    };

    private static void CheckDecoder(JsonMembers members, Dictionary<string, JsonSection> listed, bool withNormalized)
    {
        if (members.Object("added_tokens_decoder") is not { } decoder)
        {
            return;
        }

        foreach (var token in decoder.Element.EnumerateObject())
        {
            if (Contents(token.Value).FirstOrDefault() is not { } content || !listed.TryGetValue(content, out var known) || $"{known.Integer("id")}" != token.Name
                || (withNormalized ? Flags.Append("normalized") : Flags).Any(flag => IsSet(token.Value, flag) != known.Flag(flag)))
            {
                throw decoder.Wrong(token.Name, "what tokenizer.json says of that token: the library would change it");
            }
        }
    }

    private static bool IsSet(JsonElement token, string flag) =>
        token.ValueKind == JsonValueKind.Object && token.TryGetProperty(flag, out var value) && value.ValueKind == JsonValueKind.True;
}
