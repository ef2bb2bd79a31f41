namespace AkiDb.Bridge.Tokenizing;

/// <summary>Korean syllables compose and decompose by arithmetic (Unicode standard, section 3.12).</summary>
internal static class Hangul
{
    private const int FirstSyllable = 0xAC00;
    private const int FirstLead = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeFirstTail = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Tails = 28;

    public static bool IsSyllable(int codePoint) => (uint)(codePoint - FirstSyllable) < Leads * Vowels * Tails;

    /// <summary>Writes the two or three letters of a syllable and returns how many.</summary>
    public static int Decompose(int syllable, Span<int> letters)
    {
        var index = syllable - FirstSyllable;
        letters[0] = FirstLead + index / (Vowels * Tails);
        letters[1] = FirstVowel + index / Tails % Vowels;
        var tail = index % Tails;
        letters[2] = BeforeFirstTail + tail;
        return tail == 0 ? 2 : 3;
    }

    /// <summary>The syllable that two parts make, or -1.</summary>
    public static int Compose(int first, int second)
    {
        if ((uint)(first - FirstLead) < Leads && (uint)(second - FirstVowel) < Vowels)
        {
            return FirstSyllable + ((first - FirstLead) * Vowels + (second - FirstVowel)) * Tails;
        }

        var takesTail = IsSyllable(first) && (first - FirstSyllable) % Tails == 0;
        return takesTail && (uint)(second - BeforeFirstTail - 1) < Tails - 1 ? first + second - BeforeFirstTail : -1;
    }
}
