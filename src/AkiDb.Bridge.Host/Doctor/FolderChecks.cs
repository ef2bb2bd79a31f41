using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>The folders that the program writes into.</summary>
internal static class FolderChecks
{
    private const long LeastTemporary = 256L << 20;

    public static IEnumerable<Check> Of(ModelSearchPaths paths)
    {
        yield return Writable("temporary files", Path.GetTempPath(), LeastTemporary, "Let TMPDIR name a folder that this user may write to, on a disk with room.");
        yield return Writable("model cache", paths.HubCache, 0, "Change the folder's owner, or let HF_HOME name another folder.");
    }

    /// <summary>Whether a file can be made in a folder, or in the nearest one above it that there is.</summary>
    /// <param name="name">What the check is called.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="leastFree">The bytes that are needed there; 0 where the program also runs without writing there, as with a file system that is read-only.</param>
    /// <param name="remedy">What to do.</param>
    public static Check Writable(string name, string folder, long leastFree, string remedy)
    {
        var existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } above)
        {
            // A link that leads nowhere is neither, and no folder can get its name.
            if (File.Exists(existing) || new FileInfo(existing).LinkTarget is not null)
            {
                return Check.Fail(name, $"{folder} cannot be written to: {existing} is no folder.", remedy);
            }

            existing = above;
        }

        try
        {
            if (leastFree > 0 && existing != Path.TrimEndingDirectorySeparator(folder) && existing != folder)
            {
                return Check.Fail(name, $"{folder} does not exist.", remedy);
            }

            using (new FileStream(Path.Combine(existing, $".akidb-{Guid.NewGuid():N}"), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose }))
            {
            }

            var free = new DriveInfo(existing).AvailableFreeSpace;
            return free < leastFree
                ? Check.Fail(name, $"{folder} has {free >> 20} MiB left.", remedy)
                : Check.Pass(name, $"{folder}, {free >> 20} MiB left");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var detail = $"{folder} cannot be written to: {error.Message.TrimEnd('.')}.";
            return leastFree > 0 ? Check.Fail(name, detail, remedy) : Check.Warn(name, $"{detail} Models that are there are found, but none can be fetched.", remedy);
        }
    }
}
