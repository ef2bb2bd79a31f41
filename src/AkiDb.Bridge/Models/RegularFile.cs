using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Models;

/// <summary>Opens the files of a model folder. A pipe, a device or a socket in a file's place is refused and never waited for.</summary>
internal static partial class RegularFile
{
    private const int NoSuchFile = 2;

    /// <summary>Opens a file for reading. On Windows nobody can write to it, delete it or replace it while it is open.</summary>
    /// <exception cref="IOException">It does not exist, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static SafeFileHandle Open(string path)
    {
        var file = OpenUnseen(path);
        FolderWitness.Opened(path, file);
        return file;
    }

    /// <summary>Reads a whole file that is expected to be small.</summary>
    /// <exception cref="BridgeException">It does not exist, cannot be read, or is larger than <paramref name="maxBytes"/>.</exception>
    public static byte[] ReadAll(string path, int maxBytes) => Read(path, file =>
    {
        var length = RandomAccess.GetLength(file);
        if (length > maxBytes)
        {
            throw BadModel.In(path, $"is larger than {maxBytes >> 20} MiB, which no such file needs.");
        }

        var bytes = new byte[length];
        var read = ReadUpTo(file, bytes, 0);
        return read == length ? bytes : bytes[..read];
    });

    /// <summary>The SHA-256 of a file, of which no more than a part is in memory at a time.</summary>
    /// <exception cref="BridgeException">It does not exist, or cannot be read.</exception>
    public static byte[] Digest(string path) => Read(path, file =>
    {
        using var stream = new FileStream(file, FileAccess.Read);
        return SHA256.HashData(stream);
    });

    /// <summary>Fills the buffer as far as the file goes; returns how far that is.</summary>
    public static int ReadUpTo(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var done = 0;
        while (done < buffer.Length && RandomAccess.Read(file, buffer[done..], offset + done) is > 0 and var read)
        {
            done += read;
        }

        return done;
    }

    private static byte[] Read(string path, Func<SafeFileHandle, byte[]> read)
    {
        try
        {
            using var file = Open(path);
            return read(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw BadModel.In(path, "does not exist. Download the model again, with all its files.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(path, $"cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
    }

    private static SafeFileHandle OpenUnseen(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }

        if (Directory.Exists(path))
        {
            throw new IOException("it is a folder");
        }

        // Whoever opens a pipe without this waits until somebody writes into it.
        var (nonBlocking, closeOnExec) = OperatingSystem.IsLinux() ? (0x800, 0x80000) : (0x4, 0x1000000);
        var file = OpenFile(path, nonBlocking | closeOnExec);
        if (file.IsInvalid)
        {
            var error = Marshal.GetLastPInvokeError();
            file.Dispose();
            var message = Marshal.GetPInvokeErrorMessage(error);
            throw error == NoSuchFile ? new FileNotFoundException(message, path) : new IOException(message);
        }

        try
        {
            // What is no regular file cannot be sought in, or has no length: a device without an end then counts as empty.
            RandomAccess.GetLength(file);
            return file;
        }
        catch (NotSupportedException error)
        {
            file.Dispose();
            throw new IOException("it is no regular file", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle OpenFile(string path, int flags);
}
