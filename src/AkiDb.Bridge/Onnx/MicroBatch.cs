namespace AkiDb.Bridge.Onnx;

/// <summary>Some texts of a call that one run computes: a range of the call's texts in order of length.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Texts">How many there are.</param>
/// <param name="Tokens">The sum of their lengths.</param>
/// <param name="Longest">The padded length of the longest.</param>
internal readonly record struct MicroBatch(int First, int Texts, int Tokens, int Longest);
