namespace AkiDb.Bridge.Dispatch;

/// <summary>How some neighbouring texts of a batch ended. A batch that nothing went wrong with is a single part.</summary>
/// <param name="First">The first text's index in the batch.</param>
/// <param name="Texts">How many texts.</param>
/// <param name="Reply">How they ended.</param>
internal readonly record struct BatchPart(int First, int Texts, DispatchReply Reply);
