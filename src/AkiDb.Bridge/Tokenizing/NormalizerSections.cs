using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads the normaliser of a <c>tokenizer.json</c>.</summary>
internal static class NormalizerSections
{
    /// <summary>The normaliser; null where there is none.</summary>
    public static TextNormalizer? Build(JsonSection root) => root.IsNull("normalizer") ? null : BuildPart(root.Section("normalizer"));

    /// <summary>The first character map within a normaliser; null where there is none.</summary>
    public static PrecompiledNormalizer? FindCharacterMap(JsonSection root) => root.IsNull("normalizer") ? null : FindPart(root.Section("normalizer"));

    private static PrecompiledNormalizer? FindPart(JsonSection section) => section.Type switch
    {
        "Precompiled" => Precompiled(section),
        "Sequence" => section.Sections("normalizers").Select(FindPart).FirstOrDefault(part => part is not null),
        _ => null,
    };

    private static TextNormalizer? BuildPart(JsonSection section) => section.Type switch
    {
        "BertNormalizer" => BertSettings.Read(section).ToNormalizer(),
        "Lowercase" => Lowercase(section),
        "NFC" => Composition(section, isCompatible: false),
        "NFKC" => Composition(section, isCompatible: true),
        "Precompiled" => Precompiled(section),
        "Prepend" => Prepend(section),
        "Replace" => Replace(section),
        "Sequence" => Sequence(section),
        "Strip" => Strip(section),
        _ => throw section.Refuse("type"),
    };

    private static CompositionNormalizer Composition(JsonSection section, bool isCompatible)
    {
        section.AllowOnly();
        return new CompositionNormalizer(isCompatible);
    }

    private static BertNormalizer Lowercase(JsonSection section)
    {
        section.AllowOnly();
        return new BertNormalizer(cleanText: false, spaceIdeographs: false, stripAccents: false, lowerCase: true);
    }

    private static PrecompiledNormalizer Precompiled(JsonSection section)
    {
        section.AllowOnly("precompiled_charsmap");
        var text = section.String("precompiled_charsmap");
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && CharacterMap.TryRead(bytes.AsSpan(0, length), out var map)
            ? new PrecompiledNormalizer(map)
            : throw section.Refuse("precompiled_charsmap");
    }

    private static PrependNormalizer Prepend(JsonSection section)
    {
        section.AllowOnly("prepend");
        return new PrependNormalizer(Encoding.UTF8.GetBytes(section.String("prepend")));
    }

    private static TextNormalizer Replace(JsonSection section)
    {
        section.AllowOnly("pattern", "content");
        var content = Encoding.UTF8.GetBytes(section.String("content"));
        var pattern = section.Section("pattern");
        pattern.AllowOnly("String", "Regex");
        if (!pattern.IsNull("Regex"))
        {
            pattern.Require("Regex", CollapseSpacesNormalizer.Pattern);
            return new CollapseSpacesNormalizer(content);
        }

        return pattern.String("String") is { Length: > 0 } text
            ? new ReplaceNormalizer(Encoding.UTF8.GetBytes(text), content)
            : throw pattern.Refuse("String");
    }

    private static TextNormalizer? Sequence(JsonSection section)
    {
        section.AllowOnly("normalizers");
        return section.Sections("normalizers").Select(BuildPart).Aggregate(
            (TextNormalizer?)null, (all, next) => all is null ? next : next is null ? all : new SequenceNormalizer(all, next));
    }

    private static StripNormalizer Strip(JsonSection section)
    {
        section.AllowOnly("strip_left", "strip_right");
        return new StripNormalizer(section.Flag("strip_left"), section.Flag("strip_right"));
    }
}
