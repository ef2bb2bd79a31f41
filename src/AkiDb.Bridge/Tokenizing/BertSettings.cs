namespace AkiDb.Bridge.Tokenizing;

/// <summary>How BERT's cleaning is set.</summary>
/// <param name="CleanText">Whether control characters go and white space becomes plain spaces.</param>
/// <param name="SpaceIdeographs">Whether CJK ideographs get spaces around.</param>
/// <param name="StripAccents">Whether accents go; null: where letters become small.</param>
/// <param name="LowerCase">Whether letters become small.</param>
internal sealed record BertSettings(bool CleanText, bool SpaceIdeographs, bool? StripAccents, bool LowerCase)
{
    public static BertSettings Read(JsonSection section)
    {
        section.Require("type", "BertNormalizer");
        section.AllowOnly("clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        return new BertSettings(
            section.Flag("clean_text"),
            section.Flag("handle_chinese_chars"),
            section.IsNull("strip_accents") ? null : section.Flag("strip_accents"),
            section.Flag("lowercase"));
    }

    /// <summary>Whether two settings clean alike.</summary>
    public bool IsLike(BertSettings other) => (this with { StripAccents = StripAccents ?? LowerCase }) == (other with { StripAccents = other.StripAccents ?? other.LowerCase });

    public BertNormalizer ToNormalizer() => new(CleanText, SpaceIdeographs, StripAccents ?? LowerCase, LowerCase);
}
