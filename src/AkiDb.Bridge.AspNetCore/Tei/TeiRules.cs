using System.Globalization;
using AkiDb.Bridge.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary>What text-embeddings-inference finds wrong with a request, in its own words.</summary>
internal static class TeiRules
{
    /// <summary>Checks what needs no model.</summary>
    public static EmbeddingRequest Check(EmbeddingRequest request, TextsOrIds inputs)
    {
        if (inputs.Count == 0 || inputs.Ids?.Any(ids => ids.Length == 0) == true)
        {
            throw Empty("`inputs` cannot be empty");
        }

        return request.Dimensions is < 1
            ? throw new ProblemException(new Problem(StatusCodes.Status422UnprocessableEntity, ProblemCodes.BadInput, "`dimensions` should be positive"))
            : request;
    }

    public static ProblemException Empty(string message) => new(new Problem(StatusCodes.Status400BadRequest, TeiError.Empty, message));

    /// <summary>The bridge's error, in the ecosystem's words where those have a pattern.</summary>
    public static async ValueTask<BridgeException> ExplainAsync(BridgeException error, EmbeddingRequest request, TokenCounter counter, CancellationToken cancellationToken) =>
        error.Error switch
        {
            { Kind: BridgeErrorKind.BadInput, Member: "dimensions" } => Reworded(error, "`dimensions` should be smaller than the maximum embedding dimension."),
            { Kind: BridgeErrorKind.BadInput, Member: "prompt_name" } when counter.PromptsOf(request.Model) is { } prompts && request.TokenIds is null => Reworded(
                error,
                prompts.Count == 0
                    ? $"`default-prompt-name` is set to `{ForeignText.Shorten(request.PromptName!)}` but no prompts were found in the Sentence Transformers configuration"
                    : $"`default-prompt-name` is set to `{ForeignText.Shorten(request.PromptName!)}` but it was not found in the Sentence Transformers prompts. Available prompts: [{string.Join(", ", prompts.Select(prompt => $"\"{prompt}\""))}]"),
            { Kind: BridgeErrorKind.TooLong, InputIndex: { } input } => await TooLongAsync(error, request, input, counter, cancellationToken).ConfigureAwait(false),
            _ => error,
        };

    private static BridgeException Reworded(BridgeException error, string message) => new(error.Error with { Message = message });

    private static async ValueTask<BridgeException> TooLongAsync(
        BridgeException error, EmbeddingRequest request, int input, TokenCounter counter, CancellationToken cancellationToken) =>
        await counter.CountAsync(request, input, cancellationToken).ConfigureAwait(false) is var (given, most)
            ? Reworded(error, string.Create(CultureInfo.InvariantCulture, $"`inputs` must have less than {most} tokens. Given: {given}"))
            : error;
}
