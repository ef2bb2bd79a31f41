namespace AkiDb.Bridge.Requests;

/// <summary>When a request began, and when its time is over.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="Started">When the call began, as a timestamp of the clock.</param>
/// <param name="Timeout">Its time in all.</param>
internal readonly record struct RequestTime(TimeProvider Clock, long Started, TimeSpan Timeout)
{
    public TimeSpan Elapsed => Clock.GetElapsedTime(Started);

    /// <summary>What is left; zero or less when the time is over.</summary>
    public TimeSpan Remaining => Timeout - Elapsed;

    /// <summary>The timestamp at which the time is over.</summary>
    public long Deadline => Started + (long)(Timeout.TotalSeconds * Clock.TimestampFrequency);

    /// <summary>The error of a request whose time was over before an engine could be asked.</summary>
    public static BridgeError Over(string when) => new(BridgeErrorKind.DeadlineExceeded, $"The request's time was over {when}. Send less at once, or allow it more time.");
}
