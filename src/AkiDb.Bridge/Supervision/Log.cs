using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Supervision;

internal static partial class Log
{
    [LoggerMessage(EventId = 3003, Level = LogLevel.Debug, Message = "worker:{Slot} {From} -> {To}")]
    public static partial void Moved(ILogger logger, int slot, SlotState from, SlotState to);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Information,
        Message = "worker:{Slot} is ready: pid {Pid}, {Encoder} on {Device} in {Precision}, Python {Python}, torch {Torch}, after {Milliseconds:F0} ms")]
    public static partial void Ready(
        ILogger logger, int slot, int pid, string encoder, string device, string precision, string python, string torch, double milliseconds);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Warning,
        Message = "worker:{Slot} ended: {Reason} {Explanation}It had been up for {Uptime}, with {InFlight} in flight and {Memory}. It is started again in {Delay}.{Traceback}{Stderr}")]
    public static partial void Died(
        ILogger logger, int slot, string reason, string explanation, TimeSpan uptime, string inFlight, string memory, TimeSpan delay, string traceback, string stderr);

    [LoggerMessage(EventId = 3006, Level = LogLevel.Error, Message = "worker:{Slot} cannot work: {Reason} It is tried again every {Delay}")]
    public static partial void Misconfigured(ILogger logger, int slot, string reason, TimeSpan delay);

    [LoggerMessage(EventId = 3007, Level = LogLevel.Debug, Message = "worker:{Slot} loading: {Stage} ({Fraction:P0})")]
    public static partial void Loading(ILogger logger, int slot, string stage, double fraction);

    [LoggerMessage(EventId = 3008, Level = LogLevel.Information, Message = "worker:{Slot} has stopped")]
    public static partial void Stopped(ILogger logger, int slot);

    [LoggerMessage(EventId = 3009, Level = LogLevel.Warning, Message = "worker:{Slot} did not exit within its grace period of {GracePeriod} and is terminated")]
    public static partial void GracePeriodOver(ILogger logger, int slot, TimeSpan gracePeriod);

    [LoggerMessage(EventId = 3010, Level = LogLevel.Information, Message = "worker:{Slot} still cannot work: {Reason}")]
    public static partial void StillMisconfigured(ILogger logger, int slot, string reason);

    [LoggerMessage(EventId = 3011, Level = LogLevel.Error,
        Message = "worker:{Slot} is quarantined for {Delay}: its workers keep dying early, {Limit} within {Window} or the one try after a quarantine. The last one: {Reason}")]
    public static partial void Quarantined(ILogger logger, int slot, TimeSpan delay, int limit, TimeSpan window, string reason);

    [LoggerMessage(EventId = 3012, Level = LogLevel.Warning, Message = "worker:{Slot} does not answer a ping; it gets nothing until it does, and is replaced if it does not within {PingTimeout}")]
    public static partial void Unhealthy(ILogger logger, int slot, TimeSpan pingTimeout);

    [LoggerMessage(EventId = 3013, Level = LogLevel.Information, Message = "worker:{Slot} answers again")]
    public static partial void Recovered(ILogger logger, int slot);

    [LoggerMessage(EventId = 3014, Level = LogLevel.Information, Message = "worker:{Slot} is being replaced: {Reason}. It goes on until its replacement is ready")]
    public static partial void Replacing(ILogger logger, int slot, string reason);

    [LoggerMessage(EventId = 3015, Level = LogLevel.Information, Message = "worker:{Slot} was replaced: pid {Pid} took over from {Before}")]
    public static partial void Replaced(ILogger logger, int slot, int pid, int before);

    [LoggerMessage(EventId = 3016, Level = LogLevel.Warning, Message = "worker:{Slot} could not be replaced: {Reason} It goes on; its replacement is tried again in {Delay}")]
    public static partial void NotReplaced(ILogger logger, int slot, string reason, TimeSpan delay);

    [LoggerMessage(EventId = 3019, Level = LogLevel.Information,
        Message = "The host was late itself, as it is without a free processor or thread: worker:{Slot} is asked again before it is judged")]
    public static partial void HostWasLate(ILogger logger, int slot);

    [LoggerMessage(EventId = 3020, Level = LogLevel.Warning, Message = "worker:{Slot} could not be started: {Reason} It is tried again in {Delay}")]
    public static partial void NotStarted(ILogger logger, int slot, string reason, TimeSpan delay);

    [LoggerMessage(EventId = 3021, Level = LogLevel.Error, Message = "The supervision of worker:{Slot} failed; its worker is ended, and another one started")]
    public static partial void SupervisionFailed(ILogger logger, int slot, Exception error);

    [LoggerMessage(EventId = 3018, Level = LogLevel.Warning,
        Message = "worker:{Slot} says that it is process {Claimed}, which does not come from the process that was started for it, {Pid}: nothing is done to that one")]
    public static partial void ForeignProcess(ILogger logger, int slot, int claimed, int pid);

    [LoggerMessage(EventId = 3017, Level = LogLevel.Warning,
        Message = "worker:{Slot} held {Bytes} bytes of memory from the start, more than Supervision:RecycleMemory allows: it is not replaced for that")]
    public static partial void RecycleMemoryTooLow(ILogger logger, int slot, long bytes);
}
