using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace AkiDb.Bridge.Models;

/// <summary>One file of a model as it was when it was opened: the bytes that are hashed are the bytes that compute, whatever happens to the file.</summary>
/// <remarks>
/// Linux: a copy in sealed memory, which all processes share, or where it would take too much of the memory a private copy on disk.
/// macOS: a private copy, which costs nothing where the file system clones. Windows: the file itself, open in a way that forbids writing.
/// </remarks>
internal sealed class SealedFile : IDisposable
{
    // Small enough for the second-level cache, large enough that the system call costs nothing.
    private const int BufferBytes = 1 << 18;

    private readonly Lock gate = new();
    private readonly Lock hashing = new();
    private readonly SafeFileHandle source;
    private readonly DateTime written;
    private SafeFileHandle? content;
    private PrivateFolder? folder;
    private string? place;
    private byte[]? digest;

    /// <param name="file">The file, absolute; symbolic links are followed.</param>
    /// <exception cref="IOException">It does not exist, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public SealedFile(string file)
    {
        Name = file;
        source = RegularFile.Open(file);
        Length = RandomAccess.GetLength(source);
        written = File.GetLastWriteTimeUtc(source);
    }

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>Where this process and its workers find the bytes, until this is disposed of. The first call makes the copy.</summary>
    /// <exception cref="BridgeException">The file was changed since it was opened, or there is no room for a copy.</exception>
    public string Seal(CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (place is null)
            {
                try
                {
                    place = Copy(cancellationToken);
                    if (content != source)
                    {
                        source.Dispose();
                    }
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
                {
                    throw BadModel.In(Name, $"cannot be copied: {error.Message.TrimEnd('.')}.", error);
                }
            }

            return place;
        }
    }

    /// <summary>Reads some bytes: of the copy, once there is one.</summary>
    /// <returns>How many there were.</returns>
    public int Read(Span<byte> buffer, long offset) => RegularFile.ReadUpTo(content ?? source, buffer, offset);

    /// <summary>The SHA-256 of the bytes, computed once.</summary>
    public byte[] Digest(CancellationToken cancellationToken)
    {
        Seal(cancellationToken);
        lock (hashing)
        {
            return digest ??= Hash(cancellationToken);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            content?.Dispose();
            source.Dispose();
            folder?.Dispose();
        }
    }

    private string Copy(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            content = source;
            return Name;
        }

        // Memory that is sealed cannot be given back under pressure.
        var fits = Length <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
        if (fits && SealedMemory.TryCreate(Path.GetFileName(Name)) is { } memory)
        {
            try
            {
                CopyTo(memory, cancellationToken);
                SealedMemory.Seal(memory, cancellationToken);
                CheckUnchanged();
            }
            catch
            {
                memory.Dispose();
                throw;
            }

            content = memory;
            return SealedMemory.PathOf(memory);
        }

        return CopyToDisk();
    }

    private string CopyToDisk()
    {
        var target = PrivateFolder.Create();
        try
        {
            var free = new DriveInfo(target.Path).AvailableFreeSpace;
            if (Length > free / 2)
            {
                throw new IOException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"it has {Length >> 20} MiB, which is more than half of the memory, and '{target.Path}' has {free >> 20} MiB left. Let TMPDIR name a folder with more room"));
            }

            // Through the descriptor where that is possible: the file that was opened, not another one of the same name.
            var path = Path.Combine(target.Path, Path.GetFileName(Name));
            File.Copy(OperatingSystem.IsLinux() ? SealedMemory.PathOf(source) : Name, path);
            CheckUnchanged();
            content = File.OpenHandle(path);
            folder = target;
            return path;
        }
        catch
        {
            target.Dispose();
            throw;
        }
    }

    private void CopyTo(SafeFileHandle target, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long offset = 0; offset < Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RegularFile.ReadUpTo(source, buffer.AsSpan(0, (int)Math.Min(BufferBytes, Length - offset)), offset);
                if (read == 0)
                {
                    throw Changed();
                }

                RandomAccess.Write(target, buffer.AsSpan(0, read), offset);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private byte[] Hash(CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (long offset = 0; offset < Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = Read(buffer.AsSpan(0, BufferBytes), offset);
                if (read == 0)
                {
                    throw Changed();
                }

                hash.AppendData(buffer, 0, read);
                offset += read;
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void CheckUnchanged()
    {
        if (RandomAccess.GetLength(source) != Length || File.GetLastWriteTimeUtc(source) != written)
        {
            throw Changed();
        }
    }

    private BridgeException Changed() =>
        BadModel.In(Name, "was changed while it was read. Wait until whoever writes it has finished, and start again.");
}
