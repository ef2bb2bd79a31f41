namespace AkiDb.Bridge.Models;

/// <summary>Reads of a model folder what the host must know when the sentence-transformers library computes it.</summary>
/// <remarks>
/// 1. Modules.   Only the library's own classes: no code of the model's is ever run.
/// 2. Weights.   Every module that has tensors has them as safetensors: a pickle is never opened.
/// 3. Prompts.   By name, as the library reads them; a literal one may be given too.
/// The rest is the library's, which refuses what it does not understand.
/// </remarks>
internal static class LibraryFolder
{
    private static readonly string[] Extensions = [".json", ".txt", ".model", ".safetensors", ".jinja"];

    /// <inheritdoc cref="ModelFolder.Read"/>
    public static LibraryModel Read(string folder, string id, string? revision = null)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        try
        {
            var modules = LibraryModules.Read(folder);
            var prompts = PromptsFile.Read(folder, acceptTruncation: true);
            return new LibraryModel
            {
                Id = id,
                Revision = revision,
                Folder = folder,
                VectorSize = Math.Min(modules.Dimension, prompts.TruncatedTo ?? modules.Dimension),
                Pooling = modules.Pooling,
                Weights = modules.Weights,
                Files = FilesOf(folder),
                Normalize = modules.Normalizes && (prompts.TruncatedTo is null || prompts.TruncatedTo >= modules.Dimension),
                MaxTokens = modules.MaxTokens,
                Prompts = prompts.Prompts,
                DefaultPromptName = prompts.DefaultName,
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(folder, $"cannot be read ({error.Message}).", error);
        }
    }

    private static string[] FilesOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
            .Where(file => Extensions.Contains(Path.GetExtension(file)))
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];
}
