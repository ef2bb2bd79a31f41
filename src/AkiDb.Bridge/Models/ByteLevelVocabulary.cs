using System.Text.Json;

namespace AkiDb.Bridge.Models;

/// <summary>Makes of <c>vocab.json</c> and <c>merges.txt</c> what the library makes of them for RoBERTa.</summary>
internal static class ByteLevelVocabulary
{
    private static readonly Dictionary<string, string> Specials = new(StringComparer.Ordinal)
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["unk_token"] = "<unk>",
        ["sep_token"] = "</s>",
        ["pad_token"] = "<pad>",
        ["cls_token"] = "<s>",
        ["mask_token"] = "<mask>",
    };

    public static TokenizerSource Read(string folder)
    {
        var file = Path.Combine(folder, "vocab.json");
        var vocabulary = JsonFile.ReadObject(file);
        var ids = Ids(vocabulary);
        SpecialTokens.Check(folder, Specials);
        if (Specials.Values.FirstOrDefault(token => !ids.ContainsKey(token)) is { } missing)
        {
            throw vocabulary.Missing(missing, "the id of this special token, where there is no tokenizer.json");
        }

        var merges = Merges(Path.Combine(folder, "merges.txt"));
        var addsSpace = JsonFile.ReadObjectIfPresent(Path.Combine(folder, SpecialTokens.Config))?.Flag("add_prefix_space") ?? false;
        return new TokenizerSource(file, TokenizerJson.Write(writer =>
        {
            SpecialTokens.Write(writer, Specials.Values.Distinct(StringComparer.Ordinal).Select(token => (token, ids[token], token == "<mask>")));
            writer.WriteNull("normalizer");
            writer.WriteStartObject("pre_tokenizer");
            writer.WriteString("type", "ByteLevel");
            writer.WriteBoolean("add_prefix_space", addsSpace);
            writer.WriteBoolean("trim_offsets", true);
            writer.WriteBoolean("use_regex", true);
            writer.WriteEndObject();
            TokenizerJson.WriteTemplate(writer, ("<s>", ids["<s>"]), ("</s>", ids["</s>"]));
            writer.WriteStartObject("model");
            writer.WriteString("type", "BPE");
            writer.WriteStartObject("vocab");
            foreach (var (token, id) in ids)
            {
                writer.WriteNumber(token, id);
            }

            writer.WriteEndObject();
            writer.WriteStartArray("merges");
            foreach (var merge in merges)
            {
                writer.WriteStringValue(merge);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }));
    }

    private static Dictionary<string, int> Ids(JsonMembers vocabulary)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in vocabulary.Element.EnumerateObject())
        {
            ids[token.Name] = token.Value.ValueKind == JsonValueKind.Number && token.Value.TryGetInt32(out var id) && id >= 0
                ? id
                : throw vocabulary.Wrong(token.Name, "a whole number from 0");
        }

        return ids;
    }

    /// <summary>The merges behind the first line, which says a version.</summary>
    private static string[] Merges(string file)
    {
        var lines = TextFile.Lines(file);
        if (lines.Length == 0 || !lines[0].StartsWith("#version", StringComparison.Ordinal))
        {
            throw BadModel.Foreign(file, "does not begin with a line '#version: ...': the library's versions read such a file in different ways.");
        }

        return lines[1..];
    }
}
