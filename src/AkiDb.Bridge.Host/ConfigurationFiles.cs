namespace AkiDb.Bridge.Host;

/// <summary>Files of the configuration that are written while the host runs.</summary>
internal static partial class ConfigurationFiles
{
    /// <summary>Says in the log that a file cannot be read. The framework keeps silent about that, and tells nobody of the change.</summary>
    public static void ReportUnreadable(IConfigurationBuilder configuration, ILogger logger)
    {
        foreach (var file in configuration.Sources.OfType<FileConfigurationSource>())
        {
            file.OnLoadException = failure => Unreadable(logger, file.Path, Reason(failure.Exception));
        }
    }

    // The framework's own message names a path; what is wrong at which line stands in the exception within.
    private static string Reason(Exception error) => error.InnerException is { } inner ? Reason(inner) : error.Message;

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration was written, and nothing of it is used. {File} cannot be read: {Reason}")]
    private static partial void Unreadable(ILogger logger, string? file, string reason);
}
