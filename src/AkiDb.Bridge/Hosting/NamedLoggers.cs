using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hosting;

/// <summary>The host's log, with a name before every line: further models have a worker:0 too.</summary>
/// <param name="loggers">The host's log, which is not owned.</param>
/// <param name="name">The name.</param>
internal sealed class NamedLoggers(ILoggerFactory loggers, string name) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new NamedLogger(loggers.CreateLogger(categoryName), name);

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public void Dispose()
    {
    }

    private sealed class NamedLogger(ILogger logger, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logger.Log(logLevel, eventId, state, exception, (value, error) => $"{name}: {formatter(value, error)}");
    }
}
