namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads the decoder of a <c>tokenizer.json</c>. No vector depends on it: what is not understood puts spaces between tokens.</summary>
internal static class TokenDecoderSections
{
    public static TokenDecoder Build(TokenizerSections file)
    {
        if (file.Root.IsNull("decoder"))
        {
            return new TokenDecoder.Spaces();
        }

        var section = file.Root.Section("decoder");
        return section.Type switch
        {
            "WordPiece" => new TokenDecoder.WordPiece(section.String("prefix"), section.Flag("cleanup")),
            "ByteLevel" => new TokenDecoder.ByteLevel(),
            "Metaspace" => new TokenDecoder.Marks(dropsFirst: section.IsNull("prepend_scheme") ? !section.IsNull("add_prefix_space") && section.Flag("add_prefix_space") : section.String("prepend_scheme") != "never"),
            "Sequence" => new TokenDecoder.Marks(dropsFirst: section.Sections("decoders").Exists(decoder => decoder.Type == "Strip")),
            _ => new TokenDecoder.Spaces(),
        };
    }
}
