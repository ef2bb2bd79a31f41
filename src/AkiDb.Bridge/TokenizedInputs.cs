using System.Buffers;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge;

/// <summary>The token ids of a request's inputs.</summary>
internal sealed class TokenizedInputs
{
    private readonly ReadOnlyMemory<int> ids;
    private readonly int[] offsets;

    private TokenizedInputs(ReadOnlyMemory<int> ids, int[] offsets, bool[] truncated)
    {
        this.ids = ids;
        this.offsets = offsets;
        Truncated = truncated;
        Lengths = new int[truncated.Length];
        for (var i = 0; i < Lengths.Length; i++)
        {
            Lengths[i] = offsets[i + 1] - offsets[i];
        }
    }

    /// <summary>For each input, its ids after truncation.</summary>
    public int[] Lengths { get; }

    /// <summary>For each input, whether it was cut.</summary>
    public bool[] Truncated { get; }

    /// <summary>The ids of all inputs.</summary>
    public int Total => ids.Length;

    /// <summary>Tokenises inputs.</summary>
    /// <param name="inputs">The texts.</param>
    /// <param name="prompt">What stands before each of them.</param>
    /// <param name="model">The model's limits.</param>
    /// <param name="tokenizer">The model's tokeniser.</param>
    /// <param name="truncate">Whether an input over the model's maximum is cut or refused.</param>
    /// <param name="cancellationToken">The caller has lost interest.</param>
    public static (TokenizedInputs? Inputs, BridgeError? Error) Tokenize(
        IReadOnlyList<string> inputs, string prompt, ModelDescription model, Tokenizer tokenizer, bool truncate, CancellationToken cancellationToken)
    {
        var ids = new ArrayBufferWriter<int>(Math.Max(32, inputs.Count * 16));
        var offsets = new int[inputs.Count + 1];
        var truncated = new bool[inputs.Count];
        for (var i = 0; i < inputs.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = tokenizer.Encode(prompt, inputs[i], model.MaxTokens, ids);
            if (count.Truncated && !truncate)
            {
                return (null, new BridgeError(
                    BridgeErrorKind.TooLong,
                    $"inputs[{i}] has {count.Total} tokens; the model {model.Id} takes {model.MaxTokens}. Shorten it, or leave 'truncate' out to have it cut.")
                {
                    InputIndex = i,
                });
            }

            truncated[i] = count.Truncated;
            offsets[i + 1] = ids.WrittenCount;
        }

        return (new TokenizedInputs(ids.WrittenMemory, offsets, truncated), null);
    }

    /// <summary>About how many tokens they have in all; exactly, where the host tokenises.</summary>
    public int TokensOf(ModelDescription model) => (Total + model.IdsPerToken - 1) / model.IdsPerToken;

    /// <summary>All inputs.</summary>
    public TokenBatch ToBatch() => new(ids, Lengths);
}
