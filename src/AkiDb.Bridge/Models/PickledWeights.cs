using System.Security.Cryptography;

namespace AkiDb.Bridge.Models;

/// <summary>The weights of a folder that are a pickle. They are hashed here, and never opened.</summary>
internal static class PickledWeights
{
    private const string Single = "pytorch_model.bin";
    private const string Index = "pytorch_model.bin.index.json";
    private const int BufferBytes = 1 << 20;

    /// <summary>What a folder's pickle is called there.</summary>
    public static string NameIn(string folder) => File.Exists(Path.Combine(folder, Single)) ? Single : Index;

    /// <summary>The files, symbolic links resolved, in ordinal order of their names; null where the folder has none that can be converted.</summary>
    /// <exception cref="BridgeException">The index is damaged, or lists a file that the folder lacks.</exception>
    public static IReadOnlyList<string>? FilesIn(string folder)
    {
        var single = Path.Combine(folder, Single);
        if (File.Exists(single))
        {
            return [RealPath.Of(single)];
        }

        var index = Path.Combine(folder, Index);
        if (!File.Exists(index))
        {
            return null;
        }

        var files = ShardIndex.Read(index, ".bin").Shards.Select(shard => Path.Combine(folder, shard)).ToArray();
        return files.FirstOrDefault(file => !File.Exists(file)) is { } missing
            ? throw BadModel.In(index, $"lists '{Path.GetFileName(missing)}', which the folder lacks. Download the model again, with all its files.")
            : [.. files.Select(RealPath.Of)];
    }

    /// <summary>What tells these weights from all others, as lower-case hex: the SHA-256 of the file, or of the concatenated digests of the files.</summary>
    /// <exception cref="BridgeException">A file cannot be read.</exception>
    public static string Digest(IReadOnlyList<string> files, CancellationToken cancellationToken = default)
    {
        var digests = files.Select(file => Digest(file, cancellationToken)).ToArray();
        return Convert.ToHexStringLower(digests.Length == 1 ? digests[0] : SHA256.HashData([.. digests.SelectMany(digest => digest)]));
    }

    private static byte[] Digest(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var file = RegularFile.Open(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[BufferBytes];
            for (var offset = 0L; RegularFile.ReadUpTo(file, buffer, offset) is > 0 and var read; offset += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer.AsSpan(0, read));
            }

            return hash.GetHashAndReset();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw BadModel.In(path, $"cannot be read: {error.Message.TrimEnd('.')}.", error);
        }
    }
}
