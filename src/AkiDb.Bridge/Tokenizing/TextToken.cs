namespace AkiDb.Bridge.Tokenizing;

/// <summary>A token of a text, and where in the text it is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsSpecial">Whether it stands around the text, and nowhere in it.</param>
/// <param name="Start">Its first byte in the text's UTF-8.</param>
/// <param name="End">The byte after its last.</param>
internal readonly record struct TextToken(int Id, bool IsSpecial, int Start, int End);
