using System.Buffers;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Requests;

/// <summary>A prompt of a model that does not pool prompts: marks in each text's tokens where pooling begins.</summary>
/// <remarks>
/// As the reference library counts: the tokens that the prompt has alone, those around it included, but for a special token at its end. Where the
/// prompt and a text share a token, pooling does not begin where the text does.
/// </remarks>
/// <param name="tokenizer">The model's tokeniser.</param>
/// <param name="model">The model.</param>
/// <param name="prompt">The prompt, which is not empty.</param>
internal sealed class UnpooledPrompt(Tokenizer tokenizer, TransformerModel model, string prompt)
{
    private int? count;

    /// <summary>Writes a text's tokens with the mark.</summary>
    /// <param name="tokens">The tokens of prompt and text together.</param>
    /// <param name="input">Which input it is.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="cancellationToken">The caller has left.</param>
    /// <returns>Why it cannot be pooled; null if it can.</returns>
    public BridgeError? Mark(ReadOnlySpan<int> tokens, int input, IBufferWriter<int> output, CancellationToken cancellationToken)
    {
        count ??= Count(cancellationToken);
        if (count < 0)
        {
            return Refuse(
                $"The prompt ends in a token of which it is not sure whether the reference library takes it for a special one, and the model {model.Id} pools without the prompt's tokens. "
                + "End the prompt in another way, or set Bridge:Worker:Encoder to sentence-transformers.");
        }

        if (count >= tokens.Length)
        {
            return Refuse($"inputs[{input}] has no token behind the prompt, and the model {model.Id} pools without the prompt's tokens: nothing is left. Leave it out.") with
            {
                InputIndex = input,
            };
        }

        output.Write(tokens[..count.Value]);
        if (count > 0)
        {
            output.Write([model.PromptEnd]);
        }

        output.Write(tokens[count.Value..]);
        return null;
    }

    /// <returns>The tokens that are not pooled; negative where there is no telling.</returns>
    private int Count(CancellationToken cancellationToken)
    {
        var alone = new ArrayBufferWriter<int>();
        tokenizer.Encode(prompt, model.MaxTokens, alone, cancellationToken);
        return alone.WrittenCount == 0 ? -1 : tokenizer.NamedTokens.Has(alone.WrittenSpan[^1]) switch
        {
            true => alone.WrittenCount - 1,
            false => alone.WrittenCount,
            null => -1,
        };
    }

    private static BridgeError Refuse(string message) => new(BridgeErrorKind.BadInput, message);
}
