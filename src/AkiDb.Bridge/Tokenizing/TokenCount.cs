namespace AkiDb.Bridge.Tokenizing;

/// <summary>What became of a text.</summary>
/// <param name="Kept">The ids that were written, special tokens included.</param>
/// <param name="Truncated">Whether there would have been more. How many is not known: a text is not read further than the cut needs.</param>
/// <param name="CharsRead">The characters that were read, those of a prompt's rest included.</param>
internal readonly record struct TokenCount(int Kept, bool Truncated, int CharsRead);
