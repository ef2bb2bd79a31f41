using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Host.Files;

/// <summary>Changes to a folder that are still there after a power cut.</summary>
internal static partial class DurableFiles
{
    private const int ReadOnly = 0;

    /// <summary>What a file is called until it is written as a whole.</summary>
    public static string DraftOf(string path) => $"{path}.new";

    /// <summary>Writes a file as a whole: whoever looks sees the old one or the new one.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = DraftOf(path);
        using (var file = File.Create(temporary))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        Move(temporary, path, replaces: true);
    }

    /// <summary>Gives a file its name.</summary>
    /// <param name="from">The name that it has.</param>
    /// <param name="to">The name that it gets.</param>
    /// <param name="replaces">Whether it takes the place of what has this name.</param>
    /// <exception cref="IOException">There is something that must not be replaced.</exception>
    public static void Move(string from, string to, bool replaces)
    {
        File.Move(from, to, replaces);
        Sync(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Removes a file, if it is there.</summary>
    public static void Delete(string path)
    {
        File.Delete(path);
        Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    // The framework opens no folders. Not every file system can do this, and nothing else would help there.
    private static void Sync(string folder)
    {
        if (!OperatingSystem.IsWindows() && Open(folder, ReadOnly) is >= 0 and var descriptor)
        {
            _ = Synchronize(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
