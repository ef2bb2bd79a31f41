using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>Reads a model's folder as a host would, and says what it found.</summary>
internal static class ModelReading
{
    /// <exception cref="BridgeException">It is not found, or no engine can serve it.</exception>
    public static async Task<ModelCard> DescribeAsync(string model, ModelLocator locator, CancellationToken cancellationToken)
    {
        var loaded = LoadedModel.Read(model, WorkerEncoder.Auto, locator, cancellationToken);
        var description = loaded.Description;
        using var content = description.Content;
        var space = await loaded.SpaceAsync();
        return new ModelCard
        {
            Model = description.Id,
            Revision = description.Revision,
            Folder = description.Folder,
            Dimension = description.Dimension,
            Pooling = description.PoolingName,
            Normalize = description.Normalize,
            MaxTokens = description.MaxTokens == int.MaxValue ? null : description.MaxTokens,
            Prompts = description.Prompts,
            DefaultPrompt = description.DefaultPromptName,
            Space = space.ToString(),
            InProcess = loaded.WhyLibrary is { } why ? $"cannot: {why}" : "can",
            Workers = loaded.WhyLibrary is null ? "can, with the worker's own encoder" : "can, with the sentence-transformers library",
            Files = [.. FolderFiles.In(description.Folder).Order(StringComparer.Ordinal).Select(file => new ModelFile(Path.GetRelativePath(description.Folder, file), new FileInfo(RealPath.Of(file)).Length))],
        };
    }
}
