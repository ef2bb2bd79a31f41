using AkiDb.Bridge.Hub;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Hub;

/// <summary>Compares a model's files with the hashes that somebody has written down for them.</summary>
internal static class FileHashes
{
    /// <returns>Who knows the hashes, null for nobody, and the files that have one.</returns>
    public static async Task<(string? Source, IReadOnlyList<FileCheck> Files)> CompareAsync(ModelLocation location, CancellationToken cancellationToken)
    {
        if (location.Manifest is { } manifest)
        {
            return ("program", OfProgram(location, manifest));
        }

        // The cache's files are called by their hashes.
        var checks = new List<FileCheck>();
        foreach (var file in FolderFiles.In(location.Folder).Order(StringComparer.Ordinal))
        {
            var blob = RealPath.Of(file);
            var hash = Path.GetFileName(blob);
            if (new FileInfo(file).LinkTarget is not null && BlobHash.IsHash(hash))
            {
                checks.Add(new FileCheck(Path.GetRelativePath(location.Folder, file), await ProblemOfAsync(blob, hash, cancellationToken)));
            }
        }

        return (checks.Count > 0 ? "hub" : null, checks);
    }

    private static async Task<string?> ProblemOfAsync(string blob, string hash, CancellationToken cancellationToken)
    {
        if (!File.Exists(blob))
        {
            return $"it is a link to {blob}, which does not exist";
        }

        var actual = await BlobHash.OfAsync(new HubFile("", hash, new FileInfo(blob).Length), blob, cancellationToken);
        return actual == hash ? null : $"its hash is {actual}, not {hash}";
    }

    private static List<FileCheck> OfProgram(ModelLocation location, string manifest)
    {
        try
        {
            var read = ModelManifest.Read(manifest, location.Folder);
            return [.. FolderFiles.In(location.Folder).Order(StringComparer.Ordinal).Select(file => new FileCheck(Path.GetRelativePath(location.Folder, file), ProblemOf(read, file)))];
        }
        catch (BridgeException error)
        {
            return [new FileCheck(Path.GetFileName(manifest), error.Message)];
        }
    }

    private static string? ProblemOf(ModelManifest manifest, string file)
    {
        try
        {
            using var content = File.OpenRead(file);
            manifest.Check(RealPath.Of(file), System.Security.Cryptography.SHA256.HashData(content));
            return null;
        }
        catch (BridgeException error)
        {
            return error.Message;
        }
    }
}
