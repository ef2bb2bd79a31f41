namespace AkiDb.Bridge.Host.Logging;

/// <summary>How an event of the log is written: always on one line.</summary>
internal enum LogFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>A JSON object.</summary>
    Json,

    /// <summary>For the journal of systemd, with its priorities.</summary>
    Systemd,
}
