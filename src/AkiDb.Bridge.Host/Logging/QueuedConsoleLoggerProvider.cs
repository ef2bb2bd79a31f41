using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>The framework's console log with its formats, options and filters, but behind a <see cref="LogQueue"/>: a log that nobody reads stops nobody.</summary>
[ProviderAlias("Console")]
internal sealed class QueuedConsoleLoggerProvider : ILoggerProvider, ISupportExternalScope
{
    private readonly IReadOnlyList<ConsoleFormatter> formatters;
    private readonly IOptionsMonitor<ConsoleLoggerOptions> options;
    private readonly LogQueue queue;
    private IExternalScopeProvider? scopes;

    /// <param name="formatters">The framework's formats.</param>
    /// <param name="options">Which of them, and what goes to standard error.</param>
    /// <param name="streams">Where it is written.</param>
    public QueuedConsoleLoggerProvider(IEnumerable<ConsoleFormatter> formatters, IOptionsMonitor<ConsoleLoggerOptions> options, LogStreams streams)
    {
        (this.formatters, this.options) = ([.. formatters], options);
        queue = new LogQueue(Dropped, streams.Write);
    }

    private ConsoleFormatter Formatter
    {
        get
        {
            var name = options.CurrentValue.FormatterName ?? ConsoleFormatterNames.Simple;
            return formatters.FirstOrDefault(formatter => formatter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? formatters.First(formatter => formatter.Name == ConsoleFormatterNames.Simple);
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new QueuedLogger(categoryName, this);

    /// <inheritdoc/>
    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    /// <inheritdoc/>
    public void Dispose() => queue.Dispose();

    private LogLine Dropped(long count) => Format(new LogEntry<long>(
        LogLevel.Warning,
        typeof(LogQueue).FullName!,
        LogEvents.Dropped,
        count,
        null,
        static (count, _) => LogQueue.Dropped(count)));

    private LogLine Format<TState>(in LogEntry<TState> entry)
    {
        using var text = new StringWriter();
        Formatter.Write(entry, scopes, text);
        return new LogLine(text.ToString(), entry.LogLevel >= options.CurrentValue.LogToStandardErrorThreshold);
    }

    private sealed class QueuedLogger(string category, QueuedConsoleLoggerProvider provider) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => provider.scopes?.Push(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (StartFailure.Is(category, eventId))
            {
                return;
            }

            var line = provider.Format(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
            if (line.Text.Length > 0)
            {
                provider.queue.Add(line);
            }
        }
    }
}
