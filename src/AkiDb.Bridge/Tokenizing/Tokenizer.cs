using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Turns a text into the token ids that the model was trained on. Immutable; may be used by many threads at once.</summary>
internal abstract class Tokenizer
{
    /// <summary>What <c>tokenizer_config.json</c> changes of what <c>tokenizer.json</c> says; empty for nothing.</summary>
    public string Changes { get; init; } = "";

    /// <summary>The special tokens that the reference library has names for.</summary>
    public NamedTokens NamedTokens { get; init; } = NamedTokens.None;

    /// <summary>The special tokens that stand around each text.</summary>
    public abstract TokenTemplate Template { get; }

    /// <summary>Appends the ids of a text, with the model's special tokens, cut to <paramref name="maxTokens"/>.</summary>
    /// <param name="text">The text. An unpaired surrogate counts as U+FFFD.</param>
    /// <param name="maxTokens">The most ids to write. What is cut is content: the special tokens stay.</param>
    /// <param name="ids">Where the ids go.</param>
    /// <param name="cancellationToken">Nobody waits for the ids any more. It is looked at within a long text, too.</param>
    public TokenCount Encode(ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids, CancellationToken cancellationToken = default) =>
        Encode(PreparedPrompt.None, text, maxTokens, ids, cancellationToken);

    /// <summary>The same with a prompt before the text: exactly the ids of the one text that they make together.</summary>
    /// <remarks>The prompt is what <see cref="Prepare"/> made for as many tokens, or more.</remarks>
    public abstract TokenCount Encode(
        PreparedPrompt prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids, CancellationToken cancellationToken = default);

    /// <summary>All tokens of a text, none is cut, and where in it they are.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="addSpecialTokens">Whether special tokens stand around them.</param>
    /// <param name="cancellationToken">Nobody waits for them any more.</param>
    public abstract IReadOnlyList<TextToken> Locate(byte[] text, bool addSpecialTokens, CancellationToken cancellationToken);

    /// <summary>The token of an id, as the model's file writes it; empty where there is none.</summary>
    public abstract string NameOf(int id);

    /// <summary>The text of some tokens; ids that are none are left out.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out.</param>
    public abstract string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens);

    /// <summary>Tokenises a prompt once for all the texts that will follow it.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="maxTokens">The most ids of prompt and text together.</param>
    /// <param name="cancellationToken">Nobody waits for the ids any more.</param>
    public abstract PreparedPrompt Prepare(string prompt, int maxTokens, CancellationToken cancellationToken = default);
}
