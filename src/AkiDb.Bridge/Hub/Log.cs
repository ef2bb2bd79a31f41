using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hub;

/// <summary>What this room logs.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 12001, Level = LogLevel.Information, Message = "{Model} is nowhere here: downloading it from the model hub into {Cache}")]
    public static partial void Downloading(ILogger logger, string model, string cache);

    [LoggerMessage(EventId = 12002, Level = LogLevel.Warning, Message = "{Reason} It is tried again in {Seconds:F1} s")]
    public static partial void TriedAgain(ILogger logger, string reason, double seconds);

    [LoggerMessage(EventId = 12003, Level = LogLevel.Information, Message = "Another process fetches {File}: it is waited for")]
    public static partial void WaitingForAnother(ILogger logger, string file);
}
