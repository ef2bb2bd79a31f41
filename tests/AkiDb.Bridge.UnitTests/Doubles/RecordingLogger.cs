using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message)> entries = new();

    public IReadOnlyList<(LogLevel Level, string Message)> Entries => [.. entries];

    /// <summary>Told of every message before it is kept; may throw what a log on a full disk throws.</summary>
    public Action<string> OnMessage { get; set; } = _ => { };

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var message = formatter(state, exception);
        OnMessage(message);
        entries.Enqueue((logLevel, message));
    }
}
