namespace AkiDb.Bridge.Tokenizing;

/// <summary>Settles what <c>tokenizer_config.json</c> and <c>tokenizer.json</c> say together, as the reference library does.</summary>
/// <remarks>
/// Versions 4 and 5 of the library do not always agree: version 4 changes single settings of <c>tokenizer.json</c>, version 5 keeps its vocabulary, template and
/// added tokens and builds the rest anew. Where they would give different ids, the folder is refused.
/// </remarks>
internal static class TokenizerRules
{
    /// <summary>The characters of the longest word that version 5 looks up, whatever the file says.</summary>
    private const int LongestWordOfClasses = 100;

    /// <returns>The normaliser, the model, and what the config changes of what the file says: empty for nothing.</returns>
    public static (TextNormalizer? Normalizer, TokenModel Model, string Changes) Build(TokenizerSections file, TokenizerConfig? config)
    {
        var asFileSays = config is null || config.FollowsFile;
        return file.Model.Type switch
        {
            "WordPiece" => asFileSays ? Unchanged(WordPieceSections.Build(file)) : WordPiece(file, config!),
            "BPE" when !file.Model.IsNull("byte_fallback") && file.Model.Flag("byte_fallback") => Unchanged(CharacterBpe(file, config)),
            "BPE" => asFileSays ? Unchanged(ByteLevelBpeSections.Build(file)) : ByteLevelBpe(file, config!),
            "Unigram" => Unigram(file, config),
            _ => throw file.Model.Refuse("type"),
        };
    }

    private static (TextNormalizer? Normalizer, TokenModel Model, string Changes) Unchanged((TextNormalizer? Normalizer, TokenModel Model) built) =>
        (built.Normalizer, built.Model, "");

    private static (TextNormalizer? Normalizer, TokenModel Model, string Changes) WordPiece(TokenizerSections file, TokenizerConfig config)
    {
        config.RequireClass("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MPNetTokenizer", "MobileBertTokenizer", "SqueezeBertTokenizer");
        var (_, model) = WordPieceSections.Build(file);
        var unknown = file.Model.String("unk_token");
        var stated = config.UnknownToken ?? config.DefaultTokens(file.Model.Type).FirstOrDefault(token => token.Member == "unk_token").Token;
        if (stated is not null && stated != unknown)
        {
            throw config.Members.Wrong("unk_token", $"\"{unknown}\", as tokenizer.json says");
        }

        if (file.Model.Integer("max_input_chars_per_word") != LongestWordOfClasses)
        {
            throw file.Model.Refuse("max_input_chars_per_word");
        }

        var section = file.Root.Section("normalizer");
        var isAlone = section.Type != "Sequence";
        if (!isAlone && section.Sections("normalizers") is [var only])
        {
            section = only;
        }

        // Version 5 always cleans, and knows of no sequence.
        var written = BertSettings.Read(section);
        var settings = config.ToBertSettings(written.CleanText);
        if (!written.CleanText)
        {
            throw section.Refuse("clean_text");
        }

        var isLike = written.IsLike(settings);
        return isAlone || isLike
            ? (settings.ToNormalizer(), model, isLike ? "" : $"{settings with { StripAccents = settings.StripAccents ?? settings.LowerCase }}")
            : throw file.Root.Refuse("normalizer");
    }

    private static (TextNormalizer? Normalizer, TokenModel Model, string Changes) ByteLevelBpe(TokenizerSections file, TokenizerConfig config)
    {
        config.RequireClass("Qwen2Tokenizer", "RobertaTokenizer", "GPT2Tokenizer", "LongformerTokenizer", "BartTokenizer");
        if (config.Class is null)
        {
            return Unchanged(ByteLevelBpeSections.Build(file));
        }

        RequireFalse(file, "ignore_merges");
        if (config.Class == "Qwen2Tokenizer")
        {
            config.Members.Expect("add_prefix_space", false);
            file.Root.Section("normalizer").Require("type", "NFC");
            file.Root.Section("pre_tokenizer").Require("type", "Sequence");
            return Unchanged(ByteLevelBpeSections.Build(file));
        }

        var splitting = file.Root.Section("pre_tokenizer");
        splitting.Require("type", "ByteLevel");
        if (!file.Root.IsNull("normalizer"))
        {
            throw file.Root.Refuse("normalizer");
        }

        var (normalizer, model) = ByteLevelBpeSections.Build(file, config.AddsSpace);
        return (normalizer, model, config.AddsSpace == splitting.Flag("add_prefix_space") ? "" : $"add_prefix_space={config.AddsSpace}");
    }

    private static (TextNormalizer? Normalizer, TokenModel Model) CharacterBpe(TokenizerSections file, TokenizerConfig? config)
    {
        if (config is { FollowsFile: false })
        {
            if (config is { Class: "LlamaTokenizer", IsOfMistral: true })
            {
                // With this member, version 4 makes the steps anew from another file.
                config.Members.ExpectNothing("add_prefix_space");
            }
            else
            {
                config.RequireClass("GemmaTokenizer");
                RequireFalse(file, "ignore_merges");
                file.Root.Section("normalizer").Require("type", "Replace");
            }

            config.RequireFlagsOf(TokenTemplateSections.Build(file));
        }

        return CharacterBpeSections.Build(file);
    }

    private static (TextNormalizer? Normalizer, TokenModel Model, string Changes) Unigram(TokenizerSections file, TokenizerConfig? config)
    {
        if (config is null)
        {
            return Unchanged(UnigramSections.Build(file, asXlmRoberta: false));
        }

        // XLM-RoBERTa's own class, which has steps of its own, came first: what an index was made with then keeps its name.
        if (config.FollowsFile)
        {
            var (normalizer, model) = UnigramSections.Build(file, asXlmRoberta: false);
            return (normalizer, model, "steps=file");
        }

        config.RequireClass("XLMRobertaTokenizer");
        config.Members.Expect("add_prefix_space", true);
        RequireFalse(file, "byte_fallback");
        return Unchanged(UnigramSections.Build(file, asXlmRoberta: true));
    }

    /// <summary>A setting of the model that version 5 drops and version 4 keeps.</summary>
    private static void RequireFalse(TokenizerSections file, string member)
    {
        if (!file.Model.IsNull(member))
        {
            file.Model.Require(member, false);
        }
    }
}
