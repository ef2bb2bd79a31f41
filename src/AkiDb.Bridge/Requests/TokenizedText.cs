using AkiDb.Bridge.Tokenizing;

namespace AkiDb.Bridge.Requests;

/// <summary>A text and its tokens.</summary>
/// <param name="Utf8">The text with its prompt, in UTF-8.</param>
/// <param name="Tokens">Its tokens, none is cut.</param>
/// <param name="NameOf">The token of an id, as the model's file writes it.</param>
internal sealed record TokenizedText(byte[] Utf8, IReadOnlyList<TextToken> Tokens, Func<int, string> NameOf);
