using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Batching;

internal static partial class Log
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Critical, Message = "A batch of {Texts} texts failed inside the bridge itself")]
    public static partial void BatchFailed(ILogger logger, int texts, Exception error);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Critical, Message = "Looking for an engine failed inside the bridge itself")]
    public static partial void NoSeat(ILogger logger, Exception error);
}
