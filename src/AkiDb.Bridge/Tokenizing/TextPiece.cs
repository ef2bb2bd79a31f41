namespace AkiDb.Bridge.Tokenizing;

/// <summary>A part of a text: either an added token or the text between two of them.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="End">The byte after its last.</param>
/// <param name="TokenId">The added token's id; -1 for text.</param>
internal readonly record struct TextPiece(int Start, int End, int TokenId)
{
    public const int Text = -1;

    public bool IsToken => TokenId != Text;
}
