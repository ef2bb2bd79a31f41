using System.Buffers;
using System.Security.Cryptography;

namespace AkiDb.Bridge.Models;

/// <summary>The SHA-256 of a file of any size.</summary>
internal static class FileDigest
{
    /// <summary>Small enough for the second-level cache, large enough that the system call costs nothing.</summary>
    private const int BufferBytes = 1 << 18;

    public static byte[] Compute(string path, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            for (long offset = 0; ;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(file, buffer, offset);
                if (read == 0)
                {
                    return hash.GetHashAndReset();
                }

                hash.AppendData(buffer, 0, read);
                offset += read;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(path, $"cannot be read ({error.Message}).", error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
