using System.Globalization;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Grapheme clusters as the reference library knows them: those of .NET, and the Indic conjuncts that .NET divides.</summary>
/// <remarks>Asked about every code point of the first plane, .NET 10 and the library agree on what goes with the code point before it.</remarks>
internal static class GraphemeClusters
{
    private const char NonJoiner = '\u200C';

    // First and last of each run of consonants (Indic_Conjunct_Break of Unicode 16).
    private static readonly char[] Consonants =
    [
        '\u0915', '\u0939', '\u0958', '\u095F', '\u0978', '\u097F', '\u0995', '\u09A8', '\u09AA', '\u09B0', '\u09B2', '\u09B2', '\u09B6', '\u09B9',
        '\u09DC', '\u09DD', '\u09DF', '\u09DF', '\u09F0', '\u09F1', '\u0A95', '\u0AA8', '\u0AAA', '\u0AB0', '\u0AB2', '\u0AB3', '\u0AB5', '\u0AB9',
        '\u0AF9', '\u0AF9', '\u0B15', '\u0B28', '\u0B2A', '\u0B30', '\u0B32', '\u0B33', '\u0B35', '\u0B39', '\u0B5C', '\u0B5D', '\u0B5F', '\u0B5F',
        '\u0B71', '\u0B71', '\u0C15', '\u0C28', '\u0C2A', '\u0C39', '\u0C58', '\u0C5A', '\u0D15', '\u0D3A',
    ];

    /// <summary>How many characters the first cluster of a text has.</summary>
    public static int NextLength(ReadOnlySpan<char> text)
    {
        var length = StringInfo.GetNextTextElementLength(text);
        while (length < text.Length && IsConsonant(text[length]) && EndsInLinker(text[..length]))
        {
            length += StringInfo.GetNextTextElementLength(text[length..]);
        }

        return length;
    }

    /// <summary>Whether a cluster's last consonant has a linker behind it, which takes the next consonant in.</summary>
    private static bool EndsInLinker(ReadOnlySpan<char> cluster)
    {
        var linked = false;
        for (var at = cluster.Length - 1; at >= 0; at--)
        {
            if (IsConsonant(cluster[at]))
            {
                return linked;
            }

            if (cluster[at] == NonJoiner)
            {
                return false;
            }

            linked |= cluster[at] is '\u094D' or '\u09CD' or '\u0ACD' or '\u0B4D' or '\u0C4D' or '\u0D4D';
        }

        return false;
    }

    private static bool IsConsonant(char c)
    {
        if (c is < '\u0915' or > '\u0D3A')
        {
            return false;
        }

        var at = Array.BinarySearch(Consonants, c);
        return at >= 0 || (~at & 1) == 1;
    }
}
