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

    [LoggerMessage(EventId = 4006, Level = LogLevel.Debug, Message = "No engine of the first choice could take a batch within {Wait}; another one may compute it")]
    public static partial void BusyForLong(ILogger logger, TimeSpan wait);

    [LoggerMessage(EventId = 4010, Level = LogLevel.Debug, Message = "{Engine} is busy for long: {Texts} texts that waited there are computed by another engine")]
    public static partial void TakenOver(ILogger logger, string engine, int texts);

    [LoggerMessage(EventId = 4011, Level = LogLevel.Information, Message = "{Engine} answers {What} faster here: Dispatch:Prefer=fastest")]
    public static partial void OtherEngineIsFaster(ILogger logger, string engine, string what);

    [LoggerMessage(EventId = 4009, Level = LogLevel.Error, Message = "{Reason} It is out; the {Texts} texts that it answered since the last but one check of its rows are suspect")]
    public static partial void Expelled(ILogger logger, string reason, long texts);

    [LoggerMessage(EventId = 4007, Level = LogLevel.Warning, Message = "A batch of {Texts} texts keeps failing ({Deaths} workers died while they computed it) and is divided")]
    public static partial void Divided(ILogger logger, int texts, int deaths);

    [LoggerMessage(EventId = 4008, Level = LogLevel.Error, Message = "An input of {Tokens} tokens has killed {Deaths} workers and is refused from now on")]
    public static partial void Poison(ILogger logger, int tokens, int deaths);
}
