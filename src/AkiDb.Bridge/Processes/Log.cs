using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Processes;

/// <summary>What this room logs.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 10001, Message = "[{Name}] {Line}")]
    public static partial void Stderr(ILogger logger, LogLevel level, string name, string line);

    [LoggerMessage(EventId = 10002, Level = LogLevel.Warning, Message = "[{Name}] {Lines} more lines on stderr within a second were not logged")]
    public static partial void StderrSuppressed(ILogger logger, string name, int lines);

    [LoggerMessage(EventId = 10003, Level = LogLevel.Information, Message = "No worker can be forked, each is started on its own: {Reason}")]
    public static partial void NotForked(ILogger logger, string reason);
}
