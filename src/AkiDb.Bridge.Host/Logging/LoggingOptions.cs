namespace AkiDb.Bridge.Host.Logging;

/// <summary>The section <c>Bridge:Logging</c>. What is logged at all is said in the framework's own section <c>Logging</c>.</summary>
internal sealed class LoggingOptions
{
    /// <summary>The format. Default: text; where systemd's journal reads the log, systemd.</summary>
    public LogFormat Format { get; set; } = LogFormat.Text;
}
