namespace AkiDb.Bridge.Tokenizing;

/// <summary>What the reference library's Unicode tables say about one code point.</summary>
/// <param name="Bits">As written by <c>scripts/unicode_tables.py</c>.</param>
internal readonly record struct CodePointProperties(ushort Bits)
{
    public BertClass BertClass => (BertClass)(Bits & 7);

    /// <summary>A non-spacing mark, which stripping accents removes.</summary>
    public bool IsAccent => (Bits & 1 << 3) != 0;

    public SplitClass SplitClass => (SplitClass)(Bits >> 4 & 3);

    /// <summary>Not in NFC, or may compose with what stands before it.</summary>
    public bool MayChangeInNfc => (Bits & 1 << 6) != 0;

    public bool Decomposes => (Bits & 1 << 7) != 0;

    public bool HasLowerCase => (Bits & 1 << 8) != 0;

    /// <summary>Part of a word beside an added token that must stand alone.</summary>
    public bool IsWordCharacter => (Bits & 1 << 9) != 0;

    /// <summary>The rank of the canonical combining class; 0 for a starter.</summary>
    public int CombiningRank => Bits >> 10;
}
