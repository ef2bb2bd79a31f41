using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Models;

/// <summary>A temporary folder that only this user may look into. It is gone when it is disposed of.</summary>
/// <remarks>A host that was killed leaves its folders behind; the next one that makes a folder removes them.</remarks>
internal sealed class PrivateFolder : IDisposable
{
    private const string Prefix = "akidb-bridge-files-";
    private const string Unfinished = "akidb-bridge-new-";
    private const string LinuxMemory = "/dev/shm";

    private static readonly Lock Cleaning = new();
    private static bool cleaned;

    private readonly SafeFileHandle? hold;

    private PrivateFolder(string path, SafeFileHandle? hold) => (Path, this.hold) = (path, hold);

    public string Path { get; }

    /// <exception cref="IOException">There is no place for temporary files.</exception>
    public static PrivateFolder Create()
    {
        var root = System.IO.Path.GetTempPath();
        RemoveLeftoversOnce(root);
        try
        {
            return CreateIn(root);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && Directory.Exists(LinuxMemory))
        {
            return CreateIn(LinuxMemory);
        }
    }

    /// <summary>Makes one in a folder.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    public static PrivateFolder CreateIn(string root)
    {
        var name = Guid.NewGuid().ToString("N");
        var path = System.IO.Path.Combine(root, Prefix + name);
        if (!OperatingSystem.IsLinux())
        {
            Make(path);
            return new PrivateFolder(path, null);
        }

        // Nobody takes it for a leftover before it is held.
        var unheld = System.IO.Path.Combine(root, Unfinished + name);
        Make(unheld);
        var hold = FolderHold.TryTake(unheld);
        Directory.Move(unheld, path);
        return new PrivateFolder(path, hold);
    }

    /// <summary>Removes what hosts that were killed have left there; on Linux only, where it is certain that nobody holds it.</summary>
    public static void RemoveLeftovers(string root)
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(root, $"{Prefix}*"))
            {
                if (FolderHold.TryTake(folder) is { } hold)
                {
                    new PrivateFolder(folder, hold).Dispose();
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Cleaning up after others is a courtesy.
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

        hold?.Dispose();
    }

    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // What lies in memory takes it from everybody.
    private static void RemoveLeftoversOnce(string root)
    {
        lock (Cleaning)
        {
            if (!cleaned)
            {
                cleaned = true;
                RemoveLeftovers(root);
                RemoveLeftovers(LinuxMemory);
            }
        }
    }
}
