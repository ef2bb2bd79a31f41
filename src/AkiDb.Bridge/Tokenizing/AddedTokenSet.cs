using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Finds added tokens: the leftmost first, and the longest of those that start there.</summary>
internal sealed class AddedTokenSet
{
    private readonly SearchValues<byte> _firstBytes;

    // By their first byte, the longer before the shorter.
    private readonly List<AddedToken>?[] _tokens = new List<AddedToken>?[256];

    public AddedTokenSet(IEnumerable<AddedToken> tokens)
    {
        var firstBytes = new List<byte>();
        foreach (AddedToken token in tokens)
        {
            byte first = token.Content[0];
            firstBytes.Add(first);
            List<AddedToken> same = _tokens[first] ??= [];
            int at = 0;
            while (at < same.Count && same[at].Content.Length >= token.Content.Length)
            {
                at++;
            }

            same.Insert(at, token);
        }

        _firstBytes = SearchValues.Create(firstBytes.ToArray());
    }

    /// <summary>Cuts a text into added tokens and what lies between them.</summary>
    public AddedTokenSplit Split(ReadOnlySpan<byte> text) => new(this, text);

    /// <summary>The first added token at or after a position, and where it is.</summary>
    public AddedToken? Find(ReadOnlySpan<byte> text, int from, out int start)
    {
        for (start = from; start < text.Length; start++)
        {
            int skipped = text[start..].IndexOfAny(_firstBytes);
            if (skipped < 0)
            {
                break;
            }

            start += skipped;
            foreach (AddedToken token in _tokens[text[start]]!)
            {
                if (text[start..].StartsWith(token.Content))
                {
                    return token;
                }
            }
        }

        return null;
    }
}
