using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Queue;

internal static partial class Log
{
    [LoggerMessage(EventId = 13001, Level = LogLevel.Information, Message = "Takes messages from the queue {Queue} at {Broker}")]
    public static partial void Consuming(ILogger logger, string queue, string broker);

    [LoggerMessage(EventId = 13002, Level = LogLevel.Warning, Message = "The connection to the broker has ended ({Reason}); it is made again")]
    public static partial void Ended(ILogger logger, string reason);

    [LoggerMessage(EventId = 13003, Level = LogLevel.Warning, Message = "The broker cannot be reached ({Reason}); it is tried again")]
    public static partial void Unreachable(ILogger logger, string reason);

    [LoggerMessage(EventId = 13004, Level = LogLevel.Warning, Message = "The message {Id} goes back to the queue, after having been handed out {Times} times: {Reason}")]
    public static partial void NotAnswered(ILogger logger, string id, long times, string reason);

    [LoggerMessage(EventId = 13006, Level = LogLevel.Warning, Message = "No answer has come for {Seconds:F0} s that is needed next. Is a consumer running? Were these texts submitted, with the same switches? What nobody could answer is in the queue {Queue}")]
    public static partial void StillWaiting(ILogger logger, double seconds, string queue);

    [LoggerMessage(EventId = 13005, Level = LogLevel.Warning, Message = "The message {Id} is a dead letter: its answer should go to the queue '{Queue}', which is not there")]
    public static partial void NowhereToAnswer(ILogger logger, string id, string queue);

    [LoggerMessage(EventId = 13007, Level = LogLevel.Error, Message = "The message '{Id}' could be neither answered nor given back: it is a dead letter")]
    public static partial void Unanswerable(ILogger logger, Exception cause, string id);

    [LoggerMessage(EventId = 13009, Level = LogLevel.Warning, Message = "The first {Count} answers of the job are not there any more: somebody has limited the age or the length of the stream {Stream}. Where they are needed, submit their texts again, under another name")]
    public static partial void HeadIsGone(ILogger logger, long count, string stream);

    [LoggerMessage(EventId = 13008, Level = LogLevel.Warning, Message = "The job {Job} is not here: it was not submitted, or its vectors have been collected already. It is waited for {Seconds:F0} s")]
    public static partial void NotSubmitted(ILogger logger, string job, double seconds);

    [LoggerMessage(EventId = 13010, Level = LogLevel.Warning, Message = "The queue '{Queue}' takes nothing: it is full, or its nodes are down. It is waited for")]
    public static partial void Full(ILogger logger, string queue);

    [LoggerMessage(EventId = 13011, Level = LogLevel.Warning, Message = "The broker takes nothing at the moment ({Reason}). It is waited for")]
    public static partial void Blocked(ILogger logger, string reason);

    [LoggerMessage(EventId = 13012, Message = "The message {Id} demands what another host must have, and is passed on: {Reason}")]
    public static partial void PassedOn(ILogger logger, LogLevel level, string id, string reason);

    [LoggerMessage(EventId = 13013, Level = LogLevel.Warning, Message = "The message {Id} is a dead letter: it was passed on for {Seconds:F0} s, was handed out in vain {Times} times, and no host has what it demands. {Reason}")]
    public static partial void NobodyHas(ILogger logger, string id, double seconds, long times, string reason);
}
