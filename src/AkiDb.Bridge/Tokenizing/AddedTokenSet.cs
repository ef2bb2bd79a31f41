using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Finds added tokens: the leftmost first, and the longest of those that start there.</summary>
internal sealed class AddedTokenSet
{
    private readonly SearchValues<byte> _firstBytes;
    private readonly AddedToken[][] _byFirstByte = new AddedToken[256][];

    public AddedTokenSet(IReadOnlyCollection<AddedToken> tokens)
    {
        _firstBytes = SearchValues.Create([.. tokens.Select(token => token.Content[0]).Distinct()]);
        foreach (IGrouping<byte, AddedToken> group in tokens.GroupBy(token => token.Content[0]))
        {
            _byFirstByte[group.Key] = [.. group.OrderByDescending(token => token.Content.Length)];
        }
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
            foreach (AddedToken token in _byFirstByte[text[start]])
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
