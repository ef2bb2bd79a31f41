using System.Text;

namespace AkiDb.Bridge.Processes;

/// <summary>Picks what Python itself says about a failure out of a worker's stderr, whole: faulthandler's report, or a traceback.</summary>
internal sealed class PythonTraceback(TimeProvider time)
{
    private const int MaxLines = 400;

    // One that was written longer ago than this has not ended the worker.
    private static readonly TimeSpan LastMoments = TimeSpan.FromSeconds(10);

    private static readonly string[] Levels = ["DEBUG ", "INFO ", "WARNING ", "ERROR ", "CRITICAL "];

    private readonly Lock gate = new();
    private readonly StringBuilder text = new();
    private long lastLine;
    private int lines;
    private bool within;

    /// <summary>The last one, if it is of the last moments; else null.</summary>
    public string? Recent
    {
        get
        {
            lock (gate)
            {
                return lines > 0 && time.GetElapsedTime(lastLine) <= LastMoments ? text.ToString().TrimEnd() : null;
            }
        }
    }

    /// <summary>Takes the next line of stderr.</summary>
    public void Read(string line)
    {
        lock (gate)
        {
            if (!within && Begins(line))
            {
                (within, lines) = (true, 0);
                text.Clear();
            }

            // Only the worker's own log says that it went on; everything else, such as an exception of many lines, belongs to it.
            within &= lines < MaxLines && !Levels.Any(level => line.StartsWith(level, StringComparison.Ordinal));
            if (within)
            {
                text.Append(line).Append('\n');
                lines++;
                lastLine = time.GetTimestamp();
            }
        }
    }

    private static bool Begins(string line) =>
        line.StartsWith("Fatal Python error", StringComparison.Ordinal) || line.StartsWith("Traceback (most recent call last)", StringComparison.Ordinal);
}
