using System.Text.Json;
using System.Text.Unicode;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads a <c>tokenizer.json</c>, strictly: what is not understood is an error, never a guess.</summary>
internal static class TokenizerFile
{
    private static readonly TokenTemplate NoTemplate = new([], []);

    /// <summary>The tokeniser that a file describes. The truncation and padding stored in it are ignored.</summary>
    /// <param name="path">The path of a <c>tokenizer.json</c>.</param>
    /// <param name="followsConfig">Whether <c>tokenizer_config.json</c> beside it counts, as it does where the library's classes load the file.</param>
    /// <param name="withTemplate">Whether special tokens stand around each text.</param>
    /// <exception cref="BridgeException">The file is missing, damaged, or something in it is not understood.</exception>
    public static Tokenizer Load(string path, bool followsConfig = false, bool withTemplate = true)
    {
        try
        {
            return Parse(path, File.ReadAllBytes(path), followsConfig, withTemplate, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException(
                BridgeErrorKind.BadModel, $"The tokeniser '{path}' cannot be read: {exception.Message} Fetch the model again.", exception);
        }
    }

    /// <summary>The tokeniser of a model, from the bytes that were read with the rest of its folder.</summary>
    /// <exception cref="BridgeException">The file is damaged, something in it is not understood, or it belongs to another model.</exception>
    public static Tokenizer Load(TokenizedModel model)
    {
        var isStatic = model is StaticModel;
        return Parse(model.TokenizerFile, model.TokenizerJson.Span, followsConfig: !isStatic, withTemplate: !isStatic, model);
    }

    private static Tokenizer Parse(string path, ReadOnlySpan<byte> json, bool followsConfig, bool withTemplate, TokenizedModel? owner)
    {
        var config = followsConfig ? TokenizerConfig.Read(Path.GetDirectoryName(path)!) : null;
        try
        {
            return Utf8.IsValid(json)
                ? Build(TokenizerSections.Read(path, json), config, withTemplate, owner)
                : throw new BridgeException(BridgeErrorKind.BadModel, $"'{path}' is not UTF-8. Fetch the model again.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader throws InvalidOperationException for an escaped surrogate without its other half.
            throw new BridgeException(
                BridgeErrorKind.BadModel, $"'{path}' is damaged: {exception.Message} Fetch the model again.", exception);
        }
    }

    private static Tokenizer Build(TokenizerSections file, TokenizerConfig? config, bool withTemplate, TokenizedModel? owner)
    {
        file.Root.AllowOnly(
            "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        file.Root.Require("version", "1.0");
        var (normalizer, model, changes) = TokenizerRules.Build(file, config);
        if (config is not null)
        {
            SpecialTokenCheck.Check(file, config);
            config.RequireCutAtTheEnd(file);
        }

        var added = AddedTokenSections.Build(file, normalizer, model);
        var template = withTemplate ? TokenTemplateSections.Build(file) : NoTemplate;
        if (owner is not null)
        {
            TokenizerFit.Check(owner, Ids(file, added, template), template);
        }

        if (withTemplate)
        {
            config?.RequireTemplateOfClass(file, template);
        }

        var asModel2Vec = owner is StaticModel { AsModel2Vec: true };
        var pipeline = new TokenizerPipeline(
            new AddedTokenSet(added.FindAll(token => !token.Normalized)),
            normalizer,
            new AddedTokenSet(added.FindAll(token => token.Normalized)),
            model,
            template,
            new TokenNames(file.Vocabulary, added),
            TokenDecoderSections.Build(file),
            asModel2Vec ? Model2VecRules.UnknownId(file, added) : null)
        {
            Changes = changes,
            NamedTokens = config is null ? NamedTokens.None : NamedTokens.Of(file, config),
        };
        return owner is StaticModel table
            ? new StaticTokenizer(pipeline, table.NoToken, asModel2Vec ? Model2VecRules.MostCharacters(file, added, table.MaxTokens) : int.MaxValue)
            : pipeline;
    }

    private static IEnumerable<(string Member, int Id)> Ids(TokenizerSections file, List<AddedToken> added, TokenTemplate template) =>
    [
        ("model.vocab", file.Vocabulary.Ids.DefaultIfEmpty(-1).Max()),
        ("added_tokens", added.Select(token => token.Id).DefaultIfEmpty(-1).Max()),
        ("post_processor", template.Prefix.Concat(template.Suffix).DefaultIfEmpty(-1).Max()),
    ];
}
