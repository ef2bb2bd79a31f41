using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Dispatch;

internal static partial class Log
{
    [LoggerMessage(EventId = 4002, Level = LogLevel.Warning, Message = "{Engine} failed on a batch of {Texts} texts ({Tokens} tokens): {Reason}")]
    public static partial void AttemptFailed(ILogger logger, string engine, int texts, int tokens, string reason);

    [LoggerMessage(EventId = 4003, Level = LogLevel.Information, Message = "The in-process engine is ready")]
    public static partial void InProcessReady(ILogger logger);

    [LoggerMessage(EventId = 4004, Level = LogLevel.Error, Message = "The in-process engine cannot serve: {Reason}")]
    public static partial void InProcessFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 4005, Level = LogLevel.Debug, Message = "{Engine} gives the vectors of {Reference}: the least cosine of {Texts} probe texts is {Cosine:F7}")]
    public static partial void ParityHolds(ILogger logger, string engine, string reference, int texts, double cosine);

    [LoggerMessage(EventId = 4006, Level = LogLevel.Warning, Message = "No worker had a free seat within {Timeout}; the in-process engine computes the next batch")]
    public static partial void NoSeat(ILogger logger, TimeSpan timeout);

    [LoggerMessage(EventId = 4007, Level = LogLevel.Warning, Message = "A batch of {Texts} texts keeps failing ({Deaths} workers died of it) and is divided")]
    public static partial void Divided(ILogger logger, int texts, int deaths);

    [LoggerMessage(EventId = 4008, Level = LogLevel.Error, Message = "An input of {Tokens} tokens has killed {Deaths} workers and is refused from now on")]
    public static partial void Poison(ILogger logger, int tokens, int deaths);
}
