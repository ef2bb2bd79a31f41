namespace AkiDb.Bridge.Models;

/// <summary>A temporary folder that only this user may look into. It is gone when it is disposed of.</summary>
/// <remarks>A host that was killed leaves its folders behind; the next one that makes a folder removes them.</remarks>
internal sealed class PrivateFolder : IDisposable
{
    private const string Prefix = "akidb-bridge-";
    private const string LinuxMemory = "/dev/shm";

    private static readonly Lock Cleaning = new();
    private static bool cleaned;

    private PrivateFolder(string path) => Path = path;

    public string Path { get; }

    /// <exception cref="IOException">There is no place for temporary files.</exception>
    public static PrivateFolder Create()
    {
        var root = System.IO.Path.GetTempPath();
        RemoveLeftovers(root);
        try
        {
            return In(root);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && Directory.Exists(LinuxMemory))
        {
            return In(LinuxMemory);
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone already, or left for the next host.
        }
    }

    private static PrivateFolder In(string root)
    {
        var path = System.IO.Path.Combine(root, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new PrivateFolder(path);
    }

    /// <summary>Only on Linux: there it is certain whether the process that made a folder is still there.</summary>
    private static void RemoveLeftovers(string root)
    {
        lock (Cleaning)
        {
            if (cleaned || !OperatingSystem.IsLinux())
            {
                return;
            }

            cleaned = true;
        }

        try
        {
            foreach (var folder in Directory.EnumerateDirectories(root, $"{Prefix}*-*"))
            {
                var name = System.IO.Path.GetFileName(folder)[Prefix.Length..];
                if (int.TryParse(name[..name.IndexOf('-', StringComparison.Ordinal)], out var pid) && !Directory.Exists($"/proc/{pid}"))
                {
                    new PrivateFolder(folder).Dispose();
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Cleaning up after others is a courtesy.
        }
    }
}
