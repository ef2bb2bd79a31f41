using AkiDb.Bridge.Host.Logging;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>Warnings and errors for Windows' event log, behind a <see cref="LogQueue"/>.</summary>
/// <remarks>Not the framework's own: there whoever logs waits for the service that keeps the event log, and gets its exception when the log is full.</remarks>
/// <param name="entries">Takes them.</param>
[ProviderAlias("EventLog")]
internal sealed class EventLogProvider(EventLogEntries entries) : ILoggerProvider
{
    private readonly LogQueue queue = new(static count => new LogLine(LogQueue.Dropped(count), ToError: false, LogEvents.Dropped), entries.Write);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new EventLogger(categoryName, queue);

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();

    private sealed class EventLogger(string category, LogQueue queue) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel) && !StartFailure.Is(category, eventId))
            {
                var cause = exception is null ? "" : $"{Environment.NewLine}{exception}";
                queue.Add(new LogLine($"{category}[{eventId.Id}]: {formatter(state, exception)}{cause}", logLevel >= LogLevel.Error, eventId.Id));
            }
        }
    }
}
