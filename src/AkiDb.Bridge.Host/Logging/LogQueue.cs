using System.Collections.Concurrent;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>Writes the log on a thread of its own. Whoever logs never waits: what does not fit is dropped, counted, and told of when the log is read again.</summary>
internal sealed class LogQueue : IDisposable
{
    private const int Capacity = 1024;

    // What is left at the end is written if somebody reads it; nobody is waited for.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<LogLine> lines = new(Capacity);
    private readonly Func<long, LogLine> notice;
    private readonly Action<LogLine> write;
    private readonly Thread writer;
    private long dropped;
    private int disposed;

    /// <param name="notice">Says how many messages were dropped.</param>
    /// <param name="write">Writes a message; an <see cref="IOException"/> says that it could not be.</param>
    public LogQueue(Func<long, LogLine> notice, Action<LogLine> write)
    {
        (this.notice, this.write) = (notice, write);
        writer = new Thread(WriteAll) { IsBackground = true, Name = "log" };
        writer.Start();
    }

    /// <summary>Says how many messages were dropped.</summary>
    public static string Dropped(long count) => $"{count} log messages were dropped: they came faster than the log was read";

    /// <summary>Takes a message, or drops it.</summary>
    public void Add(LogLine line)
    {
        try
        {
            if (!lines.TryAdd(line))
            {
                Interlocked.Increment(ref dropped);
            }
        }
        catch (InvalidOperationException)
        {
            // The log has ended.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            lines.CompleteAdding();
            writer.Join(Farewell);
        }
    }

    private void WriteAll()
    {
        foreach (var line in lines.GetConsumingEnumerable())
        {
            if (!TryWrite(line))
            {
                Interlocked.Increment(ref dropped);
            }

            if (Interlocked.Exchange(ref dropped, 0) is > 0 and var count && !TryWrite(notice(count)))
            {
                Interlocked.Add(ref dropped, count);
            }
        }
    }

    private bool TryWrite(LogLine line)
    {
        try
        {
            write(line);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Nobody reads it, the disk is full, or it was closed: the program goes on without a log, and tries again with the next message.
            return false;
        }
    }
}
