using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Puts tokens back together to a text, as a <c>tokenizer.json</c> says by its <c>decoder</c>.</summary>
internal abstract class TokenDecoder
{
    private static readonly (string From, string To)[] CleanUps =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>The text of some tokens.</summary>
    public abstract string Decode(IReadOnlyList<byte[]> tokens);

    /// <summary>Words apart, the pieces of a word together; and, with a clean-up, no space before punctuation.</summary>
    public sealed class WordPiece(string prefix, bool cleansUp) : TokenDecoder
    {
        /// <inheritdoc/>
        public override string Decode(IReadOnlyList<byte[]> tokens)
        {
            var text = new StringBuilder();
            for (var i = 0; i < tokens.Count; i++)
            {
                var token = Encoding.UTF8.GetString(tokens[i]);
                if (i > 0)
                {
                    token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
                }

                text.Append(cleansUp ? CleanUps.Aggregate(token, (cleaned, change) => cleaned.Replace(change.From, change.To, StringComparison.Ordinal)) : token);
            }

            return text.ToString();
        }
    }

    /// <summary>The bytes that the tokens stand for; one that stands for none as it is.</summary>
    public sealed class ByteLevel : TokenDecoder
    {
        /// <inheritdoc/>
        public override string Decode(IReadOnlyList<byte[]> tokens)
        {
            var text = new List<byte>();
            foreach (var token in tokens)
            {
                var bytes = new byte[token.Length];
                text.AddRange(ByteAlphabet.TryDecode(token, bytes, out var count) ? bytes.AsSpan(0, count) : token);
            }

            return Encoding.UTF8.GetString([.. text]);
        }
    }

    /// <summary>Marks become spaces, the tokens of single bytes the characters that they make together.</summary>
    public sealed class Marks(bool dropsFirst) : TokenDecoder
    {
        /// <inheritdoc/>
        public override string Decode(IReadOnlyList<byte[]> tokens)
        {
            var bytes = new List<byte>();
            foreach (var token in tokens)
            {
                bytes.AddRange(ByteToken.TryParse(token, out var single) ? [single] : token);
            }

            var text = Encoding.UTF8.GetString([.. bytes]).Replace('▁', ' ');
            return dropsFirst && text.StartsWith(' ') ? text[1..] : text;
        }
    }

    /// <summary>Tokens with a space between them, where the file has no decoder.</summary>
    public sealed class Spaces : TokenDecoder
    {
        /// <inheritdoc/>
        public override string Decode(IReadOnlyList<byte[]> tokens) => string.Join(' ', tokens.Select(Encoding.UTF8.GetString));
    }
}
