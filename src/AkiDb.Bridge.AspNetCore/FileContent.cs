namespace AkiDb.Bridge.AspNetCore;

/// <summary>A file at one moment: what it holds and when it was written, whatever links lead to it.</summary>
/// <param name="Bytes">What it holds; null when it cannot be read.</param>
/// <param name="Written">When it was written: who writes the same again wants it to be read again.</param>
/// <param name="Failure">Why it cannot be read; null when there is no such file.</param>
internal sealed record FileContent(byte[]? Bytes, DateTime Written, string? Failure)
{
    /// <summary>Reads it.</summary>
    public static FileContent Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[RandomAccess.GetLength(file)];
            var read = RandomAccess.Read(file, bytes, 0);
            return new FileContent(bytes[..read], File.GetLastWriteTimeUtc(file), null);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return new FileContent(null, default, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new FileContent(null, default, error.Message);
        }
    }

    /// <inheritdoc/>
    public bool Equals(FileContent? other) => other is not null
        && Written == other.Written && Failure == other.Failure && (Bytes is null) == (other.Bytes is null) && Bytes.AsSpan().SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Bytes?.Length, Written, Failure);
}
