namespace AkiDb.Bridge.Models;

/// <summary>The numbers of an attention.</summary>
/// <param name="Heads">Its query heads.</param>
/// <param name="KeyValueHeads">Its key/value heads: as many, or a divisor.</param>
/// <param name="HeadSize">The components of a head.</param>
/// <param name="Scale">What the scores are multiplied with.</param>
/// <param name="IsCausal">Whether a token sees nothing behind itself.</param>
internal readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize, double Scale, bool IsCausal)
{
    /// <summary>The components of all query heads.</summary>
    public int QuerySize => Heads * HeadSize;

    /// <summary>The components of all key heads, and of all value heads.</summary>
    public int KeySize => KeyValueHeads * HeadSize;
}
