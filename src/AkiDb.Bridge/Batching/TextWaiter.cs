namespace AkiDb.Bridge.Batching;

/// <summary>One request that waits for one text.</summary>
/// <param name="Job">The request.</param>
/// <param name="Index">The text's index there.</param>
/// <param name="Text">The text.</param>
internal readonly record struct TextWaiter(EmbedJob Job, int Index, QueuedText Text);
