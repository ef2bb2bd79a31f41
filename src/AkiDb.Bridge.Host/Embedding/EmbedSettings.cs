namespace AkiDb.Bridge.Host.Embedding;

/// <summary>How texts are embedded, where the model's own way is not meant.</summary>
/// <param name="Normalize">Whether vectors have length 1.</param>
/// <param name="PromptName">One of the model's named prompts.</param>
/// <param name="Dimensions">Only the first so many components.</param>
internal sealed record EmbedSettings(bool? Normalize, string? PromptName, int? Dimensions)
{
    /// <summary>Asks for the vectors of some texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="model">The model; null for the default one.</param>
    /// <param name="space">The space that the vectors must be in; null for whatever it is.</param>
    public EmbeddingRequest RequestOf(IReadOnlyList<string> texts, string? model, string? space) => new()
    {
        Inputs = texts,
        Model = model,
        Space = space,
        Normalize = Normalize,
        PromptName = PromptName,
        Dimensions = Dimensions,

        // Vectors alone are written: nobody would see that another model gave them.
        HidesModel = true,
    };
}
