namespace AkiDb.Bridge.Hub;

/// <summary>How far a download is; read by whoever shows it, while it goes on.</summary>
internal sealed class DownloadProgress
{
    private long totalBytes;
    private long doneBytes;

    /// <summary>The bytes of all files; 0 until the hub has said it.</summary>
    public long TotalBytes
    {
        get => Volatile.Read(ref totalBytes);
        set => Volatile.Write(ref totalBytes, value);
    }

    /// <summary>The bytes that are here, those of an earlier download included.</summary>
    public long DoneBytes => Volatile.Read(ref doneBytes);

    /// <summary>Counts bytes that have come; a negative number takes some back, which were wrong.</summary>
    public void Add(long bytes) => Interlocked.Add(ref doneBytes, bytes);
}
