using System.Text.Json;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>
/// What <c>tokenizer_config.json</c> says against <c>tokenizer.json</c>. The reference library loads the second through a class that the first names, and
/// most of these classes put their own settings in the place of the file's.
/// </summary>
internal sealed class TokenizerConfig
{
    private const string FastSuffix = "Fast";

    private static readonly (string, string)[] BertTokens =
        [("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]")];

    private static readonly (string, string)[] RobertaTokens =
    [
        ("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>"),
    ];

    private TokenizerConfig(JsonMembers members, string? modelType)
    {
        Members = members;
        var name = members.Text("tokenizer_class");
        if (modelType == "qwen2" && (name is null or "PreTrainedTokenizerFast" or "TokenizersBackend"))
        {
            // Of this model the library takes no file as it is.
            name = "Qwen2Tokenizer";
        }

        IsOfMistral = modelType == "mistral";
        FollowsFile = name is "PreTrainedTokenizerFast" or "TokenizersBackend";
        Class = name?.EndsWith(FastSuffix, StringComparison.Ordinal) == true ? name[..^FastSuffix.Length] : name;
    }

    /// <summary>The class without <c>Fast</c>, which changes nothing; null where the file names none.</summary>
    public string? Class { get; }

    /// <summary>Whether the model is one of those of which the library takes <c>tokenizer.json</c> as it is, whatever class is named.</summary>
    public bool IsOfMistral { get; }

    /// <summary>Whether the class takes <c>tokenizer.json</c> as it is.</summary>
    public bool FollowsFile { get; }

    /// <summary>The file's Members.</summary>
    public JsonMembers Members { get; }

    /// <summary>The special tokens that the class has where the file does not name others, by the members that would name them.</summary>
    /// <param name="model">The type of the model in <c>tokenizer.json</c>, which tells the class where no file names one.</param>
    public IEnumerable<(string Member, string Token)> DefaultTokens(string model) => (Class ?? model) switch
    {
        "WordPiece" => BertTokens,
        "Unigram" => RobertaTokens,
        "BertTokenizer" or "DistilBertTokenizer" or "ElectraTokenizer" or "MobileBertTokenizer" or "SqueezeBertTokenizer" => BertTokens,
        "RobertaTokenizer" or "LongformerTokenizer" or "BartTokenizer" or "XLMRobertaTokenizer" => RobertaTokens,
        "MPNetTokenizer" => RobertaTokens.Select(token => token.Item1 == "unk_token" ? (token.Item1, "[UNK]") : token),
        "GemmaTokenizer" => [("unk_token", "<unk>"), ("bos_token", "<bos>"), ("eos_token", "<eos>"), ("pad_token", "<pad>")],
        "LlamaTokenizer" => [("unk_token", "<unk>"), ("bos_token", "<s>"), ("eos_token", "</s>")],
        "GPT2Tokenizer" or "Qwen2Tokenizer" => [("unk_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>")],
        _ => [],
    };

    /// <summary>The special token that a member names, or that the class has where the file does not; null where neither has one.</summary>
    public string? TokenOf(string member, string model) => Members.Element.TryGetProperty(member, out var token)
        ? SpecialTokens.ContentOf(token)
        : DefaultTokens(model).FirstOrDefault(named => named.Member == member).Token;

    /// <summary>Whether text that does not begin with a space gets one.</summary>
    public bool AddsSpace => Members.Flag("add_prefix_space") ?? false;

    /// <summary>The token of what is not in the vocabulary, as a string or as an object; null where the file names none.</summary>
    public string? UnknownToken => Members.Find("unk_token") is { } token ? SpecialTokens.ContentOf(token) : null;

    /// <summary>Reads the file of a folder; a missing one says nothing.</summary>
    public static TokenizerConfig Read(string folder)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        return new TokenizerConfig(
            JsonFile.ReadObjectIfPresent(path) ?? new JsonMembers(path, string.Empty, JsonElement.Parse("{}"u8)),
            JsonFile.ReadObjectIfPresent(Path.Combine(folder, "config.json"))?.Text("model_type"));
    }

    /// <summary>How the library's class for BERT and its kin cleans text.</summary>
    public BertSettings ToBertSettings(bool cleanText) => new(
        cleanText,
        Members.Flag("tokenize_chinese_chars") ?? true,
        Members.Flag("strip_accents"),
        Members.Flag("do_lower_case") ?? true);

    /// <summary>Refuses the folder if a text that is too long would lose its beginning: <c>tokenizer.json</c> tells where this file does not.</summary>
    public void RequireCutAtTheEnd(TokenizerSections file)
    {
        Members.Expect("truncation_side", "right");
        if (!Members.Has("truncation_side") && !file.Root.IsNull("truncation") && file.Root.Section("truncation") is var stored && !stored.IsNull("direction"))
        {
            stored.Require("direction", "Right");
        }
    }

    /// <summary>
    /// Refuses the folder unless its flags ask for the tokens that <c>tokenizer.json</c> puts around a text: version 4 of the library follows the flags, version 5 the
    /// file, and saves none of them, but its <c>backend</c>.
    /// </summary>
    public void RequireFlagsOf(TokenTemplate template)
    {
        foreach (var (member, inVersion4, inFile) in new[] { ("add_bos_token", true, template.Prefix.Length > 0), ("add_eos_token", false, template.Suffix.Length > 0) })
        {
            if ((Members.Flag(member) ?? (Members.Has("backend") ? inFile : inVersion4)) != inFile)
            {
                throw Members.Wrong(member, $"{(inFile ? "true" : "false")}, as the 'post_processor' of tokenizer.json has it");
            }
        }
    }

    /// <summary>
    /// Refuses the folder if <c>tokenizer.json</c> has other tokens around a text than the class has: version 4 of the library follows the file, and version 5 the class.
    /// </summary>
    public void RequireTemplateOfClass(TokenizerSections file, TokenTemplate template)
    {
        if (!HasOwnTemplate(file.Model.Type))
        {
            return;
        }

        var ids = file.Root.Sections("added_tokens").ToLookup(token => token.String("content"), token => token.Integer("id"));
        var (first, last) = (TokenOf("cls_token", file.Model.Type) ?? "", TokenOf("sep_token", file.Model.Type) ?? "");
        if (!template.Prefix.SequenceEqual(ids[first]) || !template.Suffix.SequenceEqual(ids[last]))
        {
            throw BadModel.Foreign(
                file.File,
                $"'post_processor' puts other tokens around a text than '{first}' before it and '{last}' behind it: version 4 of transformers follows it, version 5 does not. "
                + "Make it say so, or name the class PreTrainedTokenizerFast as 'tokenizer_class' in tokenizer_config.json, which follows it in both.");
        }
    }

    /// <summary>Refuses the folder unless its class is one of these, or none is named.</summary>
    public void RequireClass(params ReadOnlySpan<string> understood)
    {
        if (Class is not null && !understood.Contains(Class))
        {
            throw Members.Wrong("tokenizer_class", string.Join(" or ", understood.ToArray()));
        }
    }

    /// <summary>Whether version 5 of the library has one token before a text and one behind it, <c>cls_token</c> and <c>sep_token</c>, whatever the file says.</summary>
    /// <param name="model">The type of the model in <c>tokenizer.json</c>, which tells the class where no file names one.</param>
    private bool HasOwnTemplate(string model) => !FollowsFile && DefaultTokens(model).Any(token => token.Member == "cls_token");
}
