using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.AspNetCore;

internal static partial class Log
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Debug, Message = "A request failed ({Kind}): {Reason}")]
    public static partial void RequestFailed(ILogger logger, BridgeErrorKind kind, string reason);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Debug, Message = "A caller left before its answer was there")]
    public static partial void CallerGone(ILogger logger);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Error, Message = "A request failed by an internal error")]
    public static partial void RequestFaulted(ILogger logger, Exception error);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Error, Message = "An answer that had begun failed by an internal error; its connection was closed")]
    public static partial void AnswerBroken(ILogger logger, Exception error);

    [LoggerMessage(EventId = 1005, Level = LogLevel.Warning, Message = "{Count} connections were closed to make room, or found none: {Allowed} may be open (Bridge:Http:MaxConnections)")]
    public static partial void ConnectionsClosed(ILogger logger, long count, long allowed);

    [LoggerMessage(
        EventId = 1006,
        Level = LogLevel.Warning,
        Message = "The limit of file descriptors leaves room for {Possible} connections; Bridge:Http:MaxConnections is {Configured}. Raise the limit (ulimit -n) to have them all")]
    public static partial void FewDescriptors(ILogger logger, long possible, long configured);

    [LoggerMessage(EventId = 1007, Level = LogLevel.Error, Message = "Keys were to be read again, and some of it is not used. {Reason}")]
    public static partial void KeyNotRead(ILogger logger, string reason);

    [LoggerMessage(EventId = 1008, Level = LogLevel.Information, Message = "The keys were read again: {Count} let somebody in")]
    public static partial void KeysRead(ILogger logger, int count);

    [LoggerMessage(EventId = 1009, Level = LogLevel.Information, Message = "The certificate was read again: {Subject}, until {Until:u}")]
    public static partial void CertificateRead(ILogger logger, string subject, DateTime until);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Error, Message = "The certificate was to be read again, and the one before is used. {Reason}")]
    public static partial void CertificateNotRead(ILogger logger, string reason);
}
