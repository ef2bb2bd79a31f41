using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Requests;

internal static partial class Log
{
    [LoggerMessage(EventId = 11001, Level = LogLevel.Error, Message = "A request failed inside the bridge itself")]
    public static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 11002, Level = LogLevel.Error, Message = "A request was ended because the host has not enough memory for it")]
    public static partial void OutOfMemory(ILogger logger, Exception error);
}
