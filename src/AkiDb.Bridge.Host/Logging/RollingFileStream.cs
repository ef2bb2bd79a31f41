namespace AkiDb.Bridge.Host.Logging;

/// <summary>A log file of limited size: when it is full it gets a number, and the oldest goes. What a write brings is never torn.</summary>
/// <param name="path">The file; those before it are called <c>PATH.1</c>, <c>PATH.2</c> and so on.</param>
/// <param name="maxBytes">How large it may be.</param>
/// <param name="kept">How many before it are kept.</param>
internal sealed class RollingFileStream(string path, long maxBytes = 10_000_000, int kept = 4) : WriteOnlyStream
{
    // Opened by the first write. Null also where it could not be opened: the next write tries again.
    private FileStream? file;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        file ??= Open(path);
        if (file.Length > 0 && file.Length + buffer.Length > maxBytes)
        {
            Roll();
        }

        (file ??= Open(path)).Write(buffer);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file?.Dispose();
        }

        base.Dispose(disposing);
    }

    // The file itself first: where somebody holds it, nothing has been lost, and it goes on as it is.
    private void Roll()
    {
        file?.Dispose();
        file = null;
        try
        {
            File.Move(path, $"{path}.0", overwrite: true);
            for (var i = kept; i > 0; i--)
            {
                if (File.Exists($"{path}.{i - 1}"))
                {
                    File.Move($"{path}.{i - 1}", $"{path}.{i}", overwrite: true);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is tried again when the next message comes.
        }
    }

    // Without a buffer: a message is in the file when it is written. Others may read it, and rename it meanwhile.
    private static FileStream Open(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
