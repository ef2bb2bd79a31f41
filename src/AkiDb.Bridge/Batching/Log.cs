using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

internal static partial class Log
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Critical, Message = "A batch of {Texts} texts failed: an internal error")]
    public static partial void BatchFailed(ILogger logger, int texts, Exception error);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Critical, Message = "Looking for an engine failed: an internal error")]
    public static partial void NoEngine(ILogger logger, Exception error);

    [LoggerMessage(EventId = 5003, Level = LogLevel.Critical, Message = "A request of {Texts} texts was still open after its deadline: an internal error. It has been ended")]
    public static partial void Overdue(ILogger logger, int texts);

    [LoggerMessage(EventId = 5004, Level = LogLevel.Critical, Message = "A request that was still open after its deadline could not be taken out of the queue: an internal error")]
    public static partial void OverdueNotEnded(ILogger logger, Exception error);
}
