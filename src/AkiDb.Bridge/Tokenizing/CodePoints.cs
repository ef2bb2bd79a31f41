using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Stands in for a tokeniser that only the worker has: an id is a code point. Nothing is cut here.</summary>
internal sealed class CodePoints : Tokenizer
{
    /// <summary>One more than the last code point. It stands between prompt and text: a library may treat the two differently.</summary>
    public const int PromptEnd = 0x110000;

    /// <inheritdoc/>
    public override TokenCount Encode(ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids) => Encode("", text, maxTokens, ids);

    /// <inheritdoc/>
    public override TokenCount Encode(ReadOnlySpan<char> prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids)
    {
        var written = Write(prompt, ids);
        ids.Write([PromptEnd]);
        written += Write(text, ids) + 1;
        return new TokenCount(written, written);
    }

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
