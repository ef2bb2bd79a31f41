using System.Buffers;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Finds added tokens: the leftmost first, and the longest of those that start there.</summary>
internal sealed class AddedTokenSet
{
    /// <summary>Stands for a code point that is not known.</summary>
    public const int NotKnown = -1;

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    private readonly SearchValues<byte> firstBytes;

    // By their first byte, the longer before the shorter.
    private readonly List<AddedToken>?[] tokens = new List<AddedToken>?[256];

    // What stands side by side within a token, and what stands behind its first place.
    private readonly HashSet<(int, int)> pairs = [];
    private readonly HashSet<int> followers = [];
    private readonly HashSet<int> endsBeforeSwallowedSpace = [];
    private readonly bool anySingleWord;
    private readonly bool anyTakesSpaceBefore;

    public AddedTokenSet(IReadOnlyCollection<AddedToken> tokens)
    {
        foreach (var token in tokens.OrderByDescending(token => token.Content.Length))
        {
            (this.tokens[token.Content[0]] ??= []).Add(token);
            int[] points = [.. Encoding.UTF8.GetString(token.Content).EnumerateRunes().Select(rune => rune.Value)];
            pairs.UnionWith(points.Zip(points.Skip(1)));
            followers.UnionWith(points.Skip(1));
            if (token.TakesSpaceAfter)
            {
                endsBeforeSwallowedSpace.Add(points[^1]);
            }
        }

        firstBytes = SearchValues.Create([.. tokens.Select(token => token.Content[0])]);
        anySingleWord = tokens.Any(token => token.SingleWord);
        anyTakesSpaceBefore = tokens.Any(token => token.TakesSpaceBefore);
    }

    /// <summary>Cuts a text into added tokens and what lies between them.</summary>
    public AddedTokenSplit Split(ReadOnlySpan<byte> text) => new(this, text);

    /// <summary>Whether the added tokens of any text that has these two code points side by side are those of its two parts.</summary>
    /// <param name="previous">The first, or <see cref="NotKnown"/>.</param>
    /// <param name="next">The second.</param>
    public bool MayCut(int previous, int next)
    {
        if (previous == NotKnown)
        {
            return !anySingleWord && !anyTakesSpaceBefore && endsBeforeSwallowedSpace.Count == 0 && !followers.Contains(next);
        }

        var before = Unicode[previous];
        var after = Unicode[next];
        var afterSpace = before.SplitClass == SplitClass.Space;
        var swallowed = (afterSpace && anyTakesSpaceBefore)
            || (after.SplitClass == SplitClass.Space && endsBeforeSwallowedSpace.Count > 0 && (afterSpace || endsBeforeSwallowedSpace.Contains(previous)));
        return !swallowed && !(anySingleWord && (before.IsWordCharacter || after.IsWordCharacter)) && !pairs.Contains((previous, next));
    }

    /// <summary>The first added token at or after a position, and where it is.</summary>
    public AddedToken? Find(ReadOnlySpan<byte> text, int from, out int start)
    {
        for (start = from; start < text.Length; start++)
        {
            var skipped = text[start..].IndexOfAny(firstBytes);
            if (skipped < 0)
            {
                break;
            }

            start += skipped;
            foreach (var token in tokens[text[start]]!)
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
