using System.Buffers;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The tokeniser of a static model: a text without tokens gets an id of its own, which no engine has a vector for.</summary>
/// <param name="inner">Gives the tokens.</param>
/// <param name="noToken">The id that stands for none.</param>
/// <param name="mostCharacters">The most characters that are read, those of the prompt included; <see cref="int.MaxValue"/> for all.</param>
internal sealed class StaticTokenizer(Tokenizer inner, int noToken, int mostCharacters) : Tokenizer
{
    public override TokenTemplate Template => inner.Template;

    private bool ReadsAll => mostCharacters == int.MaxValue;

    public override TokenCount Encode(
        PreparedPrompt prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids, CancellationToken cancellationToken = default)
    {
        var left = mostCharacters;
        var first = ReadsAll ? prompt : prompt with { Rest = prompt.Rest[..Within(prompt.Rest, ref left)] };
        var read = ReadsAll ? text : text[..Within(text, ref left)];
        var count = inner.Encode(first, read, maxTokens, ids, cancellationToken);
        if (count.Kept == 0)
        {
            ids.Write([noToken]);
        }

        return count with { Truncated = count.Truncated || first.Rest.Length + read.Length < prompt.Rest.Length + text.Length };
    }

    public override IReadOnlyList<TextToken> Locate(byte[] text, bool addSpecialTokens, CancellationToken cancellationToken) =>
        inner.Locate(text, addSpecialTokens, cancellationToken);

    public override string NameOf(int id) => inner.NameOf(id);

    public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens) => inner.Decode(ids, skipSpecialTokens);

    /// <remarks>Where only the beginning is read, it is not known what of the prompt is tokenised before the text is.</remarks>
    public override PreparedPrompt Prepare(string prompt, int maxTokens, CancellationToken cancellationToken = default) =>
        ReadsAll ? inner.Prepare(prompt, maxTokens, cancellationToken) : new PreparedPrompt([], prompt);

    /// <summary>How much of a text has no more characters than are left; what is not paired counts as one.</summary>
    private static int Within(ReadOnlySpan<char> text, ref int left)
    {
        var length = 0;
        for (; left > 0 && length < text.Length; left--)
        {
            Rune.DecodeFromUtf16(text[length..], out _, out var chars);
            length += chars;
        }

        return length;
    }
}
