using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Turns a text into the token ids that the model was trained on. Immutable; may be used by many threads at once.</summary>
internal abstract class Tokenizer
{
    /// <summary>Appends the ids of <paramref name="text"/>, with the model's special tokens, cut to <paramref name="maxTokens"/>.</summary>
    /// <param name="text">The text. An unpaired surrogate counts as U+FFFD.</param>
    /// <param name="maxTokens">The most ids to write. What is cut is content: the special tokens stay.</param>
    /// <param name="ids">Where the ids go.</param>
    public abstract TokenCount Encode(ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids);

    /// <summary>The same with a prompt before the text.</summary>
    public virtual TokenCount Encode(ReadOnlySpan<char> prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids) =>
        Encode(prompt.IsEmpty ? text : string.Concat(prompt, text), maxTokens, ids);
}
