using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>Passes a process's stderr on to the host's log, with its levels, and no more of it than a reader can use.</summary>
/// <remarks>A token bucket: a burst goes through, such as a traceback; a stream becomes a trickle, and is counted.</remarks>
internal sealed class StderrLog(ILogger logger, TimeProvider time, string name)
{
    private const double BurstLines = 100;
    private const double BurstChars = 64 << 10;
    private const double LinesPerSecond = 100;
    private const double CharsPerSecond = 8 << 10;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private double lines = BurstLines;
    private double chars = BurstChars;
    private long filled = time.GetTimestamp();
    private long suppressedSince;
    private int suppressed;

    public void Write(string line)
    {
        Refill();
        if (suppressed > 0 && time.GetElapsedTime(suppressedSince) >= ReportInterval)
        {
            ReportSuppressed();
        }

        if (lines >= 1 && chars >= line.Length)
        {
            lines--;
            chars -= line.Length;
            Log.Stderr(logger, LevelOf(line), name, line);
        }
        else if (suppressed++ == 0)
        {
            suppressedSince = time.GetTimestamp();
        }
    }

    public void ReportSuppressed()
    {
        if (suppressed > 0)
        {
            Log.StderrSuppressed(logger, name, suppressed);
            suppressed = 0;
        }
    }

    private static LogLevel LevelOf(string line) => line.Split(' ', 2)[0] switch
    {
        "DEBUG" => LogLevel.Debug,
        "WARNING" => LogLevel.Warning,
        "ERROR" => LogLevel.Error,
        "CRITICAL" => LogLevel.Critical,
        _ => LogLevel.Information,
    };

    private void Refill()
    {
        var seconds = time.GetElapsedTime(filled).TotalSeconds;
        filled = time.GetTimestamp();
        lines = Math.Min(BurstLines, lines + (seconds * LinesPerSecond));
        chars = Math.Min(BurstChars, chars + (seconds * CharsPerSecond));
    }
}
