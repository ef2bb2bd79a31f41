using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

/// <summary>Passes a process's stderr on to the host's log, with its levels, and no more of it than a reader can use.</summary>
internal sealed class StderrLog(ILogger logger, TimeProvider time, string name)
{
    private const int LinesPerSecond = 100;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private long windowStart = time.GetTimestamp();
    private int inWindow;

    public void Write(string line)
    {
        if (time.GetElapsedTime(windowStart) >= Window)
        {
            ReportSuppressed();
            windowStart = time.GetTimestamp();
            inWindow = 0;
        }

        if (++inWindow <= LinesPerSecond)
        {
            var level = LevelOf(line);
            Log.Stderr(logger, level, name, line);
        }
    }

    public void ReportSuppressed()
    {
        if (inWindow > LinesPerSecond)
        {
            Log.StderrSuppressed(logger, name, inWindow - LinesPerSecond);
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
}
