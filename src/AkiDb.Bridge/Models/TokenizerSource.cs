namespace AkiDb.Bridge.Models;

/// <summary>The tokeniser of a folder in the form of a <c>tokenizer.json</c>: that file, or what the library makes of the files of older models.</summary>
/// <param name="File">The file that says the most of it.</param>
/// <param name="Json">The content of <c>tokenizer.json</c>.</param>
internal sealed record TokenizerSource(string File, byte[] Json)
{
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its <c>config.json</c>, which says what the tokeniser is where nothing else does.</param>
    /// <exception cref="BridgeException">There is no tokeniser, or it needs the library to be understood; the error says how.</exception>
    public static TokenizerSource Read(string folder, JsonMembers config)
    {
        var file = Path.Combine(folder, "tokenizer.json");
        if (System.IO.File.Exists(file))
        {
            return new TokenizerSource(file, RegularFile.ReadAll(file, JsonFile.MaxBytes));
        }

        return ClassOf(folder, config) switch
        {
            "BertTokenizer" or "DistilBertTokenizer" when Has("vocab.txt") => WordPieceVocabulary.Read(folder),
            "RobertaTokenizer" when Has("vocab.json") && Has("merges.txt") => ByteLevelVocabulary.Read(folder),
            "XLMRobertaTokenizer" when Has("sentencepiece.bpe.model") => SentencePieceVocabulary.Read(folder),
            _ => throw BadModel.Foreign(
                file,
                "does not exist, and from the folder's other files it is not made here. Make it with Python: "
                + $"python3 -c \"from transformers import AutoTokenizer as T; T.from_pretrained(r'{folder}').save_pretrained(r'{folder}')\""),
        };

        bool Has(string name) => System.IO.File.Exists(Path.Combine(folder, name));
    }

    private static string? ClassOf(string folder, JsonMembers config)
    {
        const string Fast = "Fast";
        if (JsonFile.ReadObjectIfPresent(Path.Combine(folder, SpecialTokens.Config))?.Text("tokenizer_class") is { } name)
        {
            return name.EndsWith(Fast, StringComparison.Ordinal) ? name[..^Fast.Length] : name;
        }

        return config.Text("model_type") switch
        {
            "bert" => "BertTokenizer",
            "distilbert" => "DistilBertTokenizer",
            "roberta" => "RobertaTokenizer",
            "xlm-roberta" => "XLMRobertaTokenizer",
            _ => null,
        };
    }
}
