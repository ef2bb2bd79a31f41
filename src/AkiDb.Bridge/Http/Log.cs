using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Http;

internal static partial class Log
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Debug, Message = "A request failed ({Kind}): {Reason}")]
    public static partial void RequestFailed(ILogger logger, BridgeErrorKind kind, string reason);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Debug, Message = "A caller left before its answer was there")]
    public static partial void CallerGone(ILogger logger);
}
