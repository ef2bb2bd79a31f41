using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

internal static partial class Log
{
    [LoggerMessage(EventId = 3001, Message = "[worker:{Slot}] {Line}")]
    public static partial void Stderr(ILogger logger, LogLevel level, int slot, string line);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Warning, Message = "[worker:{Slot}] {Lines} more lines on stderr within a second were not logged")]
    public static partial void StderrSuppressed(ILogger logger, int slot, int lines);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Debug, Message = "worker:{Slot} {From} -> {To}")]
    public static partial void Moved(ILogger logger, int slot, SlotState from, SlotState to);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Information,
        Message = "worker:{Slot} is ready: pid {Pid}, {Encoder} on {Device} in {Precision}, Python {Python}, torch {Torch}, after {Milliseconds:F0} ms")]
    public static partial void Ready(
        ILogger logger, int slot, int pid, string encoder, string device, string precision, string python, string torch, double milliseconds);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Warning, Message = "worker:{Slot} ended: {Reason} It is started again in {Delay}. Its last words: {Stderr}")]
    public static partial void Died(ILogger logger, int slot, string reason, TimeSpan delay, string stderr);

    [LoggerMessage(EventId = 3006, Level = LogLevel.Error, Message = "worker:{Slot} cannot work: {Reason} It is tried again every {Delay}")]
    public static partial void Misconfigured(ILogger logger, int slot, string reason, TimeSpan delay);

    [LoggerMessage(EventId = 3007, Level = LogLevel.Debug, Message = "worker:{Slot} loading: {Stage} ({Fraction:P0})")]
    public static partial void Loading(ILogger logger, int slot, string stage, double fraction);

    [LoggerMessage(EventId = 3008, Level = LogLevel.Information, Message = "worker:{Slot} has stopped")]
    public static partial void Stopped(ILogger logger, int slot);

    [LoggerMessage(EventId = 3009, Level = LogLevel.Warning, Message = "worker:{Slot} did not exit within its grace period of {GracePeriod} and is killed")]
    public static partial void GracePeriodOver(ILogger logger, int slot, TimeSpan gracePeriod);
}
