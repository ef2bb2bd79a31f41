namespace AkiDb.Bridge.Tokenizing;

/// <summary>A token that is found in the text itself, before the text is split into words.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">What is looked for, as UTF-8.</param>
/// <param name="SingleWord">Only where it is no part of a longer word.</param>
/// <param name="TakesSpaceBefore">It swallows the white space before it (<c>lstrip</c>).</param>
/// <param name="TakesSpaceAfter">It swallows the white space after it (<c>rstrip</c>).</param>
/// <param name="Normalized">It is looked for in normalised text.</param>
internal sealed record AddedToken(int Id, byte[] Content, bool SingleWord, bool TakesSpaceBefore, bool TakesSpaceAfter, bool Normalized)
{
    /// <summary>The token as the file writes it.</summary>
    public byte[] Name { get; init; } = Content;

    /// <summary>Whether it is no part of any text, and left out where tokens are put together again.</summary>
    public bool IsSpecial { get; init; }
}
