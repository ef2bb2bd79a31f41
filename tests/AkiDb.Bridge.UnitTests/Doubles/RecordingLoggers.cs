using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>Keeps what was logged in one category.</summary>
internal sealed class RecordingLoggers<T> : ILoggerProvider
{
    private readonly RecordingLogger<T> logger = new();

    public IReadOnlyList<string> Messages => [.. logger.Entries.Select(entry => entry.Message)];

    public ILogger CreateLogger(string categoryName) => categoryName == typeof(T).FullName ? logger : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    public void Dispose()
    {
    }
}
