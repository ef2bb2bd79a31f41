using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Whether a tokeniser and the model beside it were made for each other.</summary>
internal static class TokenizerFit
{
    /// <summary>Refuses a tokeniser that can give an id without a row in the model, or leaves no room for a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="ids">Every id that the tokeniser can give, with the member of its file that says so.</param>
    /// <param name="template">What it puts around a text.</param>
    /// <exception cref="BridgeException">They were not.</exception>
    public static void Check(TokenizedModel model, IEnumerable<(string Member, int Id)> ids, TokenTemplate template)
    {
        var size = model.VocabularySize;
        foreach (var (member, id) in ids)
        {
            if (id >= size)
            {
                throw BadModel.In(
                    model.TokenizerFile,
                    $"'{member}' has the id {id}, but the model has {size} ids from 0 ({model.VocabularySizeSource}): tokenizer and weights belong to different models. Download the model again.");
            }
        }

        if (template.Length >= model.MaxTokens)
        {
            throw BadModel.In(
                model.TokenizerFile,
                $"'post_processor' puts {template.Length} tokens around every text, but a text may have {model.MaxTokens} in all ({model.MaxTokensSource}): nothing of it would be left.");
        }

        if (template.Length == 0 && model is not StaticModel)
        {
            throw BadModel.Foreign(
                model.TokenizerFile,
                "'post_processor' adds no token to a text: the empty text, which is a valid one, would have none; accepted is a template with at least one special token.");
        }
    }
}
