namespace AkiDb.Bridge.Host.Logging;

/// <summary>The numbers of what the log says of itself, beside those of its messages: whoever filters by them relies on it that none ever means something else.</summary>
internal static class LogEvents
{
    /// <summary>Messages were dropped.</summary>
    public const int Dropped = 15001;

    /// <summary>The program has ended, and why, in a sentence.</summary>
    public const int Ended = 15002;
}
