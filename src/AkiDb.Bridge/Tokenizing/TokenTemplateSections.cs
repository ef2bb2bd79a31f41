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
        "BertProcessing" => Pair(section, "sep", "cls"),

        // What it says of offsets moves no id, but places.
        "RobertaProcessing" => Pair(section, "sep", "cls", "trim_offsets", "add_prefix_space") with { TrimsSpace = Trims(section) },
        "ByteLevel" => ByteLevel(section),
        "Sequence" => Sequence(section),
        _ => throw section.Refuse("type"),
    };

    private static TokenTemplate Sequence(JsonSection section)
    {
        section.AllowOnly("processors");
        var result = None;
        foreach (var processor in section.Sections("processors"))
        {
            var template = Build(processor);
            var trims = result.TrimsSpace || template.TrimsSpace;
            result = (result.Length == 0 || template.Length == 0
                ? (template.Length > 0 ? template : result)
                : throw section.Refuse("processors")) with
            { TrimsSpace = trims };
        }

        return result;
    }

    private static bool Trims(JsonSection section) => !section.IsNull("trim_offsets") && section.Flag("trim_offsets");

    /// <summary>It moves places, and adds nothing.</summary>
    private static TokenTemplate ByteLevel(JsonSection section)
    {
        section.AllowOnly("add_prefix_space", "trim_offsets", "use_regex");
        return None with { TrimsSpace = Trims(section) };
    }

    private static TokenTemplate Pair(JsonSection section, params ReadOnlySpan<string> members)
    {
        section.AllowOnly(members);
        return new TokenTemplate([IdOfPair(section, "cls")], [IdOfPair(section, "sep")]);
    }

    private static int IdOfPair(JsonSection section, string member) =>
        section.Array(member) is var pair && pair.GetArrayLength() == 2 && IsId(pair[1], out var id) ? id : throw section.Refuse(member);

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
        var seenText = false;
        foreach (var item in section.Sections("single"))
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
        var text = item.Section("Sequence");
        text.AllowOnly("id", "type_id");
        text.Require("id", "A");
        RequireFirstType(text);
    }

    private static void AddSpecialIds(JsonSection template, JsonSection item, List<int> ids)
    {
        item.AllowOnly("SpecialToken");
        var token = item.Section("SpecialToken");
        token.AllowOnly("id", "type_id");
        RequireFirstType(token);
        var special = template.Section("special_tokens").Section(token.String("id"));
        special.AllowOnly("id", "ids", "tokens");
        foreach (var value in special.Array("ids").EnumerateArray())
        {
            ids.Add(IsId(value, out var id) ? id : throw special.Refuse("ids"));
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
