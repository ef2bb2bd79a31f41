using System.Text.Json;
using System.Text.Unicode;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Reads a <c>tokenizer.json</c>, strictly: what is not understood is an error, never a guess.</summary>
internal static class TokenizerFile
{
    /// <summary>The tokeniser that a file describes. The truncation and padding stored in it are ignored.</summary>
    /// <param name="path">The path of a <c>tokenizer.json</c>.</param>
    /// <exception cref="BridgeException">The file is missing, damaged, or something in it is not understood.</exception>
    public static Tokenizer Load(string path)
    {
        try
        {
            byte[] json = File.ReadAllBytes(path);
            return Utf8.IsValid(json)
                ? Build(TokenizerSections.Read(path, json))
                : throw new BridgeException(BridgeErrorKind.BadModel, $"'{path}' is not UTF-8. Fetch the model again.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BridgeException(
                BridgeErrorKind.BadModel, $"The tokeniser '{path}' cannot be read: {exception.Message} Fetch the model again.", exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The reader throws InvalidOperationException for an escaped surrogate without its other half.
            throw new BridgeException(
                BridgeErrorKind.BadModel, $"'{path}' is damaged: {exception.Message} Fetch the model again.", exception);
        }
    }

    private static TokenizerPipeline Build(TokenizerSections file)
    {
        file.Root.AllowOnly(
            "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        file.Root.Require("version", "1.0");
        (TextNormalizer? normalizer, TokenModel model) = file.Model.Type switch
        {
            "WordPiece" => WordPieceSections.Build(file),
            "BPE" => ByteLevelBpeSections.Build(file),
            _ => throw file.Model.Refuse("type"),
        };
        List<AddedToken> added = AddedTokenSections.Build(file, normalizer, model);
        return new TokenizerPipeline(
            new AddedTokenSet(added.FindAll(token => !token.Normalized)),
            normalizer,
            new AddedTokenSet(added.FindAll(token => token.Normalized)),
            model,
            TokenTemplateSections.Build(file));
    }
}
