using System.Security.Cryptography;

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
    private const string Tensors = ".safetensors";
    private const int MostFiles = 1000;

    private static readonly string[] Extensions = [".json", ".txt", ".model", ".codes", ".jinja", Tensors];

    /// <inheritdoc cref="ModelFolder.Read(ModelLocation)"/>
    public static LibraryModel Read(ModelLocation location) =>
        Read(location.Folder, location.Id, location.Revision, location.Converted) with { Manifest = FolderReading.ManifestOf(location) };

    /// <inheritdoc cref="ModelFolder.Read(string, string, string?, string?)"/>
    public static LibraryModel Read(string folder, string id, string? revision = null, string? converted = null) =>
        FolderReading.Read(folder, converted, (at, content) => ReadExisting(at, id, revision, content));

    private static LibraryModel ReadExisting(string folder, string id, string? revision, SealedFiles content)
    {
        var modules = LibraryModules.Read(folder, content);
        var prompts = PromptsFile.Read(folder, acceptTruncation: true);
        return new LibraryModel
        {
            Id = id,
            Revision = revision,
            Folder = folder,
            Content = content,
            VectorSize = Math.Min(modules.Dimension, prompts.TruncatedTo ?? modules.Dimension),
            Pooling = modules.Pooling,
            Weights = modules.Weights,
            Files = [.. FilesOf(folder), .. content.Substitutes.Select(pair => Substitute(folder, pair.Key, pair.Value))],
            Normalize = modules.Normalizes && (prompts.TruncatedTo is null || prompts.TruncatedTo >= modules.Dimension),
            MaxTokens = modules.MaxTokens,
            Prompts = prompts.Prompts,
            DefaultPromptName = prompts.DefaultName,
        };
    }

    private static LibraryFile[] FilesOf(string folder)
    {
        var names = Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 })
            .Take(MostFiles + 1)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .ToArray();
        return names.Length <= MostFiles
            ? [.. names.Where(name => Extensions.Contains(Path.GetExtension(name))).Order(StringComparer.Ordinal).Select(name => Read(folder, name))]
            : throw BadModel.In(folder, $"has more than {MostFiles} files: this is not one model's folder.");
    }

    private static LibraryFile Substitute(string folder, string module, string tensors) =>
        new(Path.GetRelativePath(folder, Path.Combine(module, Path.GetFileName(tensors))).Replace('\\', '/'), tensors, null);

    private static LibraryFile Read(string folder, string name)
    {
        var file = RealPath.Of(Path.Combine(folder, name));
        if (Path.GetExtension(name) == Tensors)
        {
            return new LibraryFile(name, file, null);
        }

        var content = RegularFile.ReadAll(file, JsonFile.MaxBytes);
        return new LibraryFile(name, file, Convert.ToHexStringLower(SHA256.HashData(content))) { Content = content };
    }
}
