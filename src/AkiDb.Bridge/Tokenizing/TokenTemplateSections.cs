using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads the post-processor of a <c>tokenizer.json</c>: which special tokens stand around a text.</summary>
internal static class TokenTemplateSections
{
    private static readonly TokenTemplate None = new([], []);

    public static TokenTemplate Build(TokenizerSections file) =>
        file.Root.IsNull("post_processor") ? None : Build(file.Root.Section("post_processor"));

    private static TokenTemplate Build(JsonSection section) => section.Type switch
    {
        "TemplateProcessing" => Template(section),
        "BertProcessing" => Bert(section),
        "ByteLevel" => ByteLevel(section),
        "Sequence" => Sequence(section),
        _ => throw section.Refuse("type"),
    };

    private static TokenTemplate Sequence(JsonSection section)
    {
        section.AllowOnly("processors");
        TokenTemplate result = None;
        foreach (JsonSection processor in section.Sections("processors"))
        {
            TokenTemplate template = Build(processor);
            result = result.Length == 0 || template.Length == 0
                ? (template.Length > 0 ? template : result)
                : throw section.Refuse("processors");
        }

        return result;
    }

    /// <summary>It moves offsets, which nobody here asks for, and adds nothing.</summary>
    private static TokenTemplate ByteLevel(JsonSection section)
    {
        section.AllowOnly("add_prefix_space", "trim_offsets", "use_regex");
        return None;
    }

    private static TokenTemplate Bert(JsonSection section)
    {
        section.AllowOnly("sep", "cls");
        return new TokenTemplate([IdOfPair(section, "cls")], [IdOfPair(section, "sep")]);
    }

    private static int IdOfPair(JsonSection section, string member) =>
        section.Array(member) is var pair && pair.GetArrayLength() == 2 && IsId(pair[1], out int id) ? id : throw section.Refuse(member);

    private static bool IsId(JsonElement value, out int id)
    {
        id = -1;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out id) && id >= 0;
    }

    private static TokenTemplate Template(JsonSection section)
    {
        section.AllowOnly("single", "pair", "special_tokens");
        var prefix = new List<int>();
        var suffix = new List<int>();
        bool seenText = false;
        foreach (JsonSection item in section.Sections("single"))
        {
            if (item.IsNull("Sequence"))
            {
                AddSpecialIds(section, item, seenText ? suffix : prefix);
            }
            else if (seenText)
            {
                throw section.Refuse("single");
            }
            else
            {
                RequireTextOfFirstType(item);
                seenText = true;
            }
        }

        return seenText ? new TokenTemplate([.. prefix], [.. suffix]) : throw section.Refuse("single");
    }

    private static void RequireTextOfFirstType(JsonSection item)
    {
        item.AllowOnly("Sequence");
        JsonSection text = item.Section("Sequence");
        text.AllowOnly("id", "type_id");
        text.Require("id", "A");
        RequireFirstType(text);
    }

    private static void AddSpecialIds(JsonSection template, JsonSection item, List<int> ids)
    {
        item.AllowOnly("SpecialToken");
        JsonSection token = item.Section("SpecialToken");
        token.AllowOnly("id", "type_id");
        RequireFirstType(token);
        JsonSection special = template.Section("special_tokens").Section(token.String("id"));
        special.AllowOnly("id", "ids", "tokens");
        foreach (JsonElement value in special.Array("ids").EnumerateArray())
        {
            ids.Add(IsId(value, out int id) ? id : throw special.Refuse("ids"));
        }
    }

    private static void RequireFirstType(JsonSection section)
    {
        if (section.Integer("type_id") != 0)
        {
            throw section.Refuse("type_id");
        }
    }
}
