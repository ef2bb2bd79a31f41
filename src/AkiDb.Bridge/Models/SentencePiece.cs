namespace AkiDb.Bridge.Models;

/// <summary>One piece of a SentencePiece model.</summary>
/// <param name="Text">Its text, with marks for spaces.</param>
/// <param name="Score">Its score.</param>
/// <param name="IsNormal">Whether it is neither a control token, nor the unknown one, nor anything else of its own kind.</param>
internal sealed record SentencePiece(string Text, float Score, bool IsNormal);
