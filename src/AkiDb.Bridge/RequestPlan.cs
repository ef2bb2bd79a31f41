using AkiDb.Bridge.Models;

namespace AkiDb.Bridge;

/// <summary>What a request asks of a model, resolved against what the model can do.</summary>
/// <param name="Prompt">The text before each input; empty for none.</param>
/// <param name="Dimensions">The components to keep.</param>
/// <param name="Normalize">Whether to scale to length 1.</param>
internal readonly record struct RequestPlan(string Prompt, int Dimensions, bool Normalize)
{
    /// <summary>Resolves a request. What the model cannot do is an error that says what it can do; nothing is ignored.</summary>
    public static (RequestPlan Plan, BridgeError? Error) Resolve(EmbeddingRequest request, ModelDescription model)
    {
        if (request.Pooling is { } pooling && pooling != model.PoolingName)
        {
            return Refuse($"The model {model.Id} pools by '{model.PoolingName}'; '{pooling}' would give vectors that it was not trained for. Leave 'pooling' out.");
        }

        if (request.Dimensions is { } dimensions && (dimensions < 1 || dimensions > model.Dimension))
        {
            return Refuse($"'dimensions' is {dimensions}; the model {model.Id} has {model.Dimension}. Ask for 1 to {model.Dimension}.");
        }

        if (request.Normalize == false && model is LibraryModel { Normalize: true })
        {
            return Refuse($"The library normalises the vectors of {model.Id} itself; 'normalize': false cannot be had. Leave it out.");
        }

        var (prompt, refusal) = PromptOf(request, model);
        return refusal is null
            ? (new RequestPlan(prompt, request.Dimensions ?? model.Dimension, request.Normalize ?? model.Normalize), null)
            : (default, refusal);
    }

    private static (string Prompt, BridgeError? Error) PromptOf(EmbeddingRequest request, ModelDescription model)
    {
        if (request.Prompt is { } literal)
        {
            return (literal, model) switch
            {
                _ when request.PromptName is not null => ("", Bad("'prompt' and 'prompt_name' are both given. Send one of them.")),
                ({ Length: > 0 }, TransformerModel { PoolsPrompt: false }) => ("", Bad(
                    $"The model {model.Id} pools without the prompt's tokens, which our own encoder does not do: set Bridge:Worker:Encoder to sentence-transformers, or leave 'prompt' out.")),
                _ => (literal, null),
            };
        }

        if ((request.PromptName ?? model.DefaultPromptName) is not { } name)
        {
            return ("", null);
        }

        if (model.Prompts.TryGetValue(name, out var prompt))
        {
            return (prompt, null);
        }

        var known = model.Prompts.Count == 0 ? "it has none" : "it has " + string.Join(", ", model.Prompts.Keys.Order().Select(key => $"'{key}'"));
        return ("", Bad($"The model {model.Id} has no prompt named '{name}': {known}. Or send the text itself as 'prompt'."));
    }

    private static BridgeError Bad(string message) => new(BridgeErrorKind.BadInput, message);

    private static (RequestPlan, BridgeError) Refuse(string message) => (default, Bad(message));
}
