using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Workers;

internal static partial class Log
{
    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "A worker broke the protocol and will be replaced: {Reason}")]
    public static partial void ProtocolBroken(ILogger logger, string reason);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Debug, Message = "A worker answered request {Id} after its caller had left; the answer was dropped")]
    public static partial void LateReply(ILogger logger, long id);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Debug, Message = "Cancelling request {Id} was not sent: the worker is not reading")]
    public static partial void CancelNotSent(ILogger logger, long id);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Warning, Message = "A worker answered request {Id}, which was never sent; the answer was dropped, as are others like it")]
    public static partial void UnknownReply(ILogger logger, long id);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Debug, Message = "The worker was gone before it was asked to shut down: {Reason}")]
    public static partial void ShutdownNotDelivered(ILogger logger, string reason);
}
