namespace AkiDb.Bridge.Tokenizing;

/// <summary>The special tokens around a text.</summary>
/// <param name="Prefix">Ids before the text.</param>
/// <param name="Suffix">Ids after it.</param>
internal sealed record TokenTemplate(int[] Prefix, int[] Suffix)
{
    /// <summary>Whether the space before a word is no part of the place of its token.</summary>
    public bool TrimsSpace { get; init; }

    public int Length => Prefix.Length + Suffix.Length;
}
