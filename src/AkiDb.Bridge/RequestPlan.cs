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
        if (request.Pooling is { } pooling && pooling != model.Pooling.ToName())
        {
            return Refuse($"The model {model.Id} pools by '{model.Pooling.ToName()}'; '{pooling}' would give vectors that it was not trained for. Leave 'pooling' out.");
        }

        if (request.Dimensions is { } dimensions && (dimensions < 1 || dimensions > model.Dimension))
        {
            return Refuse($"'dimensions' is {dimensions}; the model {model.Id} has {model.Dimension}. Ask for 1 to {model.Dimension}.");
        }

        var prompt = "";
        if ((request.PromptName ?? model.DefaultPromptName) is { } name && !model.Prompts.TryGetValue(name, out prompt))
        {
            var known = model.Prompts.Count == 0 ? "it has none" : "it has " + string.Join(", ", model.Prompts.Keys.Order().Select(key => $"'{key}'"));
            return Refuse($"The model {model.Id} has no prompt named '{name}': {known}.");
        }

        return (new RequestPlan(prompt!, request.Dimensions ?? model.Dimension, request.Normalize ?? model.Normalize), null);
    }

    private static (RequestPlan, BridgeError) Refuse(string message) => (default, new BridgeError(BridgeErrorKind.BadInput, message));
}
