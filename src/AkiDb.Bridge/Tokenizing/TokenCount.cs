namespace AkiDb.Bridge.Tokenizing;

/// <summary>How many tokens a text became, special tokens included.</summary>
/// <param name="Kept">The ids that were written.</param>
/// <param name="Total">The ids that there would be without truncation.</param>
internal readonly record struct TokenCount(int Kept, int Total)
{
    public bool Truncated => Kept < Total;
}
