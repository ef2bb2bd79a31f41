namespace AkiDb.Bridge.Diagnostics;

/// <summary>How large a batch is.</summary>
/// <param name="Texts">Its texts.</param>
/// <param name="Tokens">The tokens of all of them.</param>
public readonly record struct BatchSize(int Texts, int Tokens);
