namespace AkiDb.Bridge.Host.Embedding;

/// <summary>How texts are embedded, where the model's own way is not meant.</summary>
/// <param name="Normalize">Whether vectors have length 1.</param>
/// <param name="PromptName">One of the model's named prompts.</param>
/// <param name="Dimensions">Only the first so many components.</param>
internal sealed record EmbedSettings(bool? Normalize, string? PromptName, int? Dimensions);
