using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Requests;

/// <summary>The one place where a request is found wrong. What the model cannot do is refused with what it can do; nothing is ignored.</summary>
/// <param name="model">What the model can do.</param>
/// <param name="options">The limits.</param>
/// <param name="mayFallBack">Whether there is a fallback model to ask for.</param>
internal sealed class RequestValidator(ModelDescription model, ModelOptions options, bool mayFallBack)
{
    /// <summary>What every timer can take.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    /// <summary>What a request asks for that asks for nothing special.</summary>
    public RequestPlan Default => new(PromptOf(new EmbeddingRequest { Inputs = [] }).Prompt, model.Dimension, model.Normalize, 0);

    /// <summary>Checks a request without doing any of its work.</summary>
    /// <returns>What it asks for, or why it is refused.</returns>
    public (RequestPlan Plan, BridgeError? Error) Validate(EmbeddingRequest request)
    {
        if ((CheckChoices(request) ?? CheckModelCan(request)) is { } refusal)
        {
            return (default, refusal);
        }

        var (prompt, unknown) = PromptOf(request);
        if (unknown is not null)
        {
            return (default, unknown);
        }

        if (prompt.Length > 0 && request.TruncateFromStart && model is TransformerModel { PoolsPrompt: false })
        {
            return (default, Bad(
                $"The model {model.Id} pools without the prompt's tokens, so a text behind a prompt cannot lose its beginning. Leave the direction of the truncation out, or the prompt.",
                "truncation_direction"));
        }

        var (characters, wrong) = request.TokenIds is { } ids ? CheckTokenIds(ids, request.Inputs) : CheckInputs(request.Inputs, prompt);
        return (new RequestPlan(prompt, request.Dimensions ?? model.Dimension, request.Normalize ?? model.Normalize, characters), wrong);
    }

    /// <summary>The error of an input that must not be cut, and would have to be.</summary>
    public BridgeError TooLong(int input) => Wrong(
        BridgeErrorKind.TooLong,
        $"inputs[{input}] has more than the {model.MaxTokens} tokens that the model {model.Id} takes. Shorten it, or leave 'truncate' out to have it cut.",
        input);

    private BridgeError? CheckChoices(EmbeddingRequest request) => request switch
    {
        { Fallback: { } fallback } when !Enum.IsDefined(fallback) => Bad("'fallback' must be one of same-space, any, off."),
        { Fallback: FallbackPolicy.Any } when !mayFallBack =>
            Bad("'fallback' is 'any', but no second model is configured here (Bridge:FallbackModel). Use 'same-space' or 'off', or leave it out."),
        { Priority: { } priority } when !Enum.IsDefined(priority) => Bad("'priority' must be one of interactive, bulk."),
        { Timeout: { } timeout } when timeout <= TimeSpan.Zero || timeout > LongestTimeout => Bad("The timeout must be longer than zero and at most 24 hours."),
        _ => null,
    };

    private BridgeError? CheckModelCan(EmbeddingRequest request) => request switch
    {
        { Pooling: { } pooling } when pooling != model.PoolingName =>
            Bad($"The model {model.Id} pools by '{model.PoolingName}'; {ForeignText.Quote(pooling)} would give vectors that it was not trained for. Leave 'pooling' out."),
        { Dimensions: { } dimensions } when dimensions < 1 || dimensions > model.Dimension =>
            Bad($"'dimensions' is {dimensions}; the model {model.Id} has {model.Dimension}. Ask for 1 to {model.Dimension}.", "dimensions"),
        { TruncateFromStart: true } when model is LibraryModel =>
            Bad($"The library tokenises for {model.Id} and cuts at the end only. Leave the direction of the truncation out.", "truncation_direction"),
        { TokenIds: not null } when model is LibraryModel =>
            Bad($"The library tokenises for {model.Id}: token ids cannot be taken. Send texts."),
        { TokenIds: not null } when request.PromptName is not null || request.Prompt is { Length: > 0 } =>
            Bad("A prompt is put before texts, not before token ids. Send texts, or leave the prompt out.", "prompt_name"),
        { Normalize: false } when model is LibraryModel { Normalize: true } =>
            Bad($"The library normalises the vectors of {model.Id} itself; 'normalize': false cannot be had. Leave it out."),
        _ => null,
    };

    private (string Prompt, BridgeError? Error) PromptOf(EmbeddingRequest request)
    {
        if (request.TokenIds is not null)
        {
            // Taken as they are: not even the model's default prompt is added.
            return ("", null);
        }

        if (request.Prompt is { } literal)
        {
            return literal switch
            {
                _ when request.PromptName is not null => ("", Bad("'prompt' and 'prompt_name' are both given. Send one of them.")),
                _ when literal.Length > options.Admission.MaxInputChars => ("", TooManyCharacters("The prompt", literal.Length, "Shorten it.")),
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

        var known = model.Prompts.Count == 0 ? "it has none" : "it has " + string.Join(", ", model.Prompts.Keys.Order().Select(ForeignText.Quote));
        return ("", Bad($"The model {model.Id} has no prompt named {ForeignText.Quote(name)}: {known}. Or send the text itself as 'prompt'.", "prompt_name"));
    }

    private (long Characters, BridgeError? Error) CheckInputs(IReadOnlyList<string>? inputs, string prompt)
    {
        var limits = options.Admission;
        if (inputs is null or { Count: 0 })
        {
            return (0, Bad("There are no inputs: give at least one text."));
        }

        if (inputs.Count > limits.MaxInputs)
        {
            return (0, TooManyInputs((nuint)inputs.Count, limits.MaxInputs));
        }

        var characters = (long)prompt.Length * inputs.Count;
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i] is not { } text)
            {
                return (0, Wrong(BridgeErrorKind.BadInput, $"inputs[{i}] is null; every input must be a string.", i));
            }

            if (text.Length > limits.MaxInputChars)
            {
                return (0, TooManyCharacters($"inputs[{i}]", text.Length, "Split it into several inputs.", i));
            }

            characters += text.Length;
        }

        return characters <= limits.MaxRequestChars
            ? (characters, null)
            : (0, Wrong(
                BridgeErrorKind.TooLarge,
                $"The request has {characters} characters, the prompt counting once for each input; {limits.MaxRequestChars} are allowed. Split it into several requests."));
    }

    private (long Characters, BridgeError? Error) CheckTokenIds(IReadOnlyList<int[]> inputs, IReadOnlyList<string> texts)
    {
        var limits = options.Admission;
        if (inputs.Count == 0 || texts.Count > 0)
        {
            return (0, Bad(inputs.Count == 0 ? "There are no inputs: give at least one list of token ids." : "Texts and token ids are both given. Send one of them."));
        }

        if (inputs.Count > limits.MaxInputs)
        {
            return (0, TooManyInputs((nuint)inputs.Count, limits.MaxInputs));
        }

        var (vocabulary, total) = (((TokenizedModel)model).VocabularySize, 0L);
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i] is not { Length: > 0 })
            {
                return (0, Wrong(BridgeErrorKind.BadInput, $"inputs[{i}] is an empty list of token ids.", i));
            }

            if (inputs[i].AsSpan().IndexOfAnyExceptInRange(0, vocabulary - 1) is >= 0 and var unknown)
            {
                return (0, Wrong(
                    BridgeErrorKind.UnknownToken,
                    $"inputs[{i}] has the token id {inputs[i][unknown]} at {unknown}; the model {model.Id} has the ids 0 to {vocabulary - 1}. Send ids of its own tokeniser, or texts.",
                    i));
            }

            total += inputs[i].Length;
        }

        return total <= limits.MaxRequestChars
            ? (total, null)
            : (0, Wrong(BridgeErrorKind.TooLarge, $"The request has {total} token ids; {limits.MaxRequestChars} are allowed. Split it into several requests."));
    }

    /// <summary>The refusal of a request with more inputs than are allowed.</summary>
    public static BridgeError TooManyInputs(nuint count, int allowed) =>
        Wrong(BridgeErrorKind.TooLarge, $"The request has {count} inputs; {allowed} are allowed. Split it into several requests.");

    private BridgeError TooManyCharacters(string what, int characters, string advice, int? input = null) =>
        Wrong(BridgeErrorKind.TooLarge, $"{what} has {characters} characters; {options.Admission.MaxInputChars} are allowed. {advice}", input);

    private static BridgeError Bad(string message, string? member = null) => Wrong(BridgeErrorKind.BadInput, message) with { Member = member };

    private static BridgeError Wrong(BridgeErrorKind kind, string message, int? input = null) => new(kind, message) { InputIndex = input };
}
