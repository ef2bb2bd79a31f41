namespace AkiDb.Bridge.Host.Hub;

/// <summary>A log whose reader sits before a terminal: its sentences alone.</summary>
/// <param name="write">Writes a line.</param>
internal sealed class SentenceLogger(Action<string> write) : ILogger
{
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        write($"{formatter(state, exception)}.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
