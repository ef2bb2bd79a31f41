using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Stands in for a tokeniser that only the worker has: an id is a code point. Nothing is cut here.</summary>
internal sealed class CodePoints : Tokenizer
{
    /// <summary>One more than the last code point. It stands between prompt and text: a library may treat the two differently.</summary>
    public const int PromptEnd = 0x110000;

    private const int Chunk = 65536;

    /// <inheritdoc/>
    public override TokenTemplate Template { get; } = new([], []);

    public override TokenCount Encode(
        PreparedPrompt prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids, CancellationToken cancellationToken = default)
    {
        ids.Write(prompt == PreparedPrompt.None ? [PromptEnd] : prompt.Ids);
        var written = Math.Max(1, prompt.Ids.Length);
        for (var rest = text; !rest.IsEmpty;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var length = Math.Min(rest.Length, Chunk);
            length -= length < rest.Length && char.IsHighSurrogate(rest[length - 1]) ? 1 : 0;
            written += Write(rest[..length], ids);
            rest = rest[length..];
        }

        return new TokenCount(written, false, text.Length);
    }

    public override PreparedPrompt Prepare(string prompt, int maxTokens, CancellationToken cancellationToken = default)
    {
        var ids = new ArrayBufferWriter<int>(prompt.Length + 1);
        Write(prompt, ids);
        ids.Write([PromptEnd]);
        return new PreparedPrompt(ids.WrittenSpan.ToArray(), string.Empty);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TextToken> Locate(byte[] text, bool addSpecialTokens, CancellationToken cancellationToken) => throw OnlyWorker();

    /// <inheritdoc/>
    public override string NameOf(int id) => throw OnlyWorker();

    /// <inheritdoc/>
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens) => throw OnlyWorker();

    private static BridgeException OnlyWorker() =>
        new(BridgeErrorKind.BadInput, "This model's tokeniser is the sentence-transformers library's, in the workers: tokens can be neither listed nor put together here.");

    private static int Write(ReadOnlySpan<char> text, IBufferWriter<int> ids)
    {
        var points = ids.GetSpan(Math.Max(1, text.Length));
        var count = 0;

        // An unpaired surrogate is enumerated as U+FFFD.
        foreach (var rune in text.EnumerateRunes())
        {
            points[count++] = rune.Value;
        }

        ids.Advance(count);
        return count;
    }
}
