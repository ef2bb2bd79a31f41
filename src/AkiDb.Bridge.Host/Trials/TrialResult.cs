namespace AkiDb.Bridge.Host.Trials;

/// <summary>What an engine has computed.</summary>
/// <param name="Answer">Its answer for all texts.</param>
/// <param name="Ready">From the start until it could answer.</param>
/// <param name="OneText">The fastest answer for one text.</param>
internal sealed record TrialResult(EmbeddingResult Answer, TimeSpan Ready, TimeSpan OneText);
