namespace AkiDb.Bridge.Tokenizing;

/// <summary>The special tokens around a text.</summary>
/// <param name="Prefix">Ids before the text.</param>
/// <param name="Suffix">Ids after it.</param>
internal sealed record TokenTemplate(int[] Prefix, int[] Suffix)
{
    public int Length => Prefix.Length + Suffix.Length;
}
