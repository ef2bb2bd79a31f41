using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Models;

/// <summary>
/// What a model's folder was seen to hold while it was read. Its files are opened one after the other: whoever puts another folder, link or file in their place meanwhile
/// makes one model of two, and its vectors are neither's.
/// </summary>
internal sealed class FolderWitness : IDisposable
{
    // A folder is read by one thread from the beginning to the end.
    [ThreadStatic]
    private static FolderWitness? current;

    private readonly FolderWitness? outer = current;
    private readonly Dictionary<string, (long Length, DateTime Written)> files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> realPaths = new(StringComparer.Ordinal);
    private readonly string folder;
    private readonly DateTime listed;
    private bool sawChange;

    private FolderWitness(string folder)
    {
        this.folder = folder;
        listed = Directory.GetLastWriteTimeUtc(folder);
        current = this;
    }

    /// <summary>Looks on at whatever this thread reads, until it is disposed of, and at what comes into the folder or leaves it.</summary>
    /// <param name="folder">The model's folder.</param>
    public static FolderWitness Begin(string folder) => new(folder);

    /// <summary>A file was opened.</summary>
    public static void Opened(string path, SafeFileHandle file)
    {
        if (current is { } witness)
        {
            witness.See(witness.files, path, (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file)));
        }
    }

    /// <summary>A path's links were followed.</summary>
    public static void Resolved(string path, string real) => current?.See(current.realPaths, path, real);

    /// <summary>Whether everything is still what it was when it was seen first; also after this was disposed of.</summary>
    public bool IsUnchanged()
    {
        var before = current;
        current = this;
        try
        {
            // Whoever opens and resolves reports it here, where it is compared.
            foreach (var path in files.Keys.ToList())
            {
                RegularFile.Open(path).Dispose();
            }

            foreach (var path in realPaths.Keys.ToList())
            {
                RealPath.Of(path);
            }

            return !sawChange && Directory.GetLastWriteTimeUtc(folder) == listed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            current = before;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => current = outer;

    private void See<T>(Dictionary<string, T> seen, string path, T now)
        where T : IEquatable<T> => sawChange |= !seen.TryAdd(path, now) && !seen[path].Equals(now);
}
