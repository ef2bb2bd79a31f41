using System.Collections.Concurrent;
using AkiDb.Bridge.Native.Border;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>Hands the log to the host's callback, from a thread of its own: whoever logs never waits for the host. What does not fit is dropped and counted.</summary>
internal sealed unsafe class LogDelivery : ILoggerProvider
{
    private const int Capacity = 1024;

    [ThreadStatic]
    private static LogDelivery? delivering;

    private readonly delegate* unmanaged[Cdecl]<void*, int, byte*, byte*, void> callback;
    private readonly void* data;
    private readonly BlockingCollection<Line> lines = new(Capacity);
    private readonly Thread thread;
    private long dropped;
    private int disposed;

    /// <param name="callback">The host's function.</param>
    /// <param name="data">What it is given back.</param>
    public LogDelivery(delegate* unmanaged[Cdecl]<void*, int, byte*, byte*, void> callback, void* data)
    {
        this.callback = callback;
        this.data = data;
        thread = new Thread(Deliver) { IsBackground = true, Name = "akidb-log" };
        thread.Start();
    }

    /// <summary>Whether this thread is the one that calls back: it must not wait for itself.</summary>
    public bool IsCallingBack => delivering == this;

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, this);

    /// <summary>Delivers what is left. The callback is not called any more when this returns.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            lines.CompleteAdding();
            thread.Join();
            lines.Dispose();
        }
    }

    private void Add(Line line)
    {
        try
        {
            if (!lines.TryAdd(line))
            {
                Interlocked.Increment(ref dropped);
            }
        }
        catch (InvalidOperationException)
        {
            // The log has ended.
        }
    }

    private void Deliver()
    {
        delivering = this;
        foreach (var line in lines.GetConsumingEnumerable())
        {
            Call(line);
            if (Interlocked.Exchange(ref dropped, 0) is > 0 and var count)
            {
                Call(new Line(LogLevel.Warning, typeof(LogDelivery).FullName!, $"{count} log messages were dropped: they came faster than the log callback returned."));
            }
        }
    }

    private void Call(Line line)
    {
        if (HostExit.HasBegun)
        {
            return;
        }

        fixed (byte* category = Utf8Text.Terminated(line.Category), message = Utf8Text.Terminated(line.Message))
        {
            callback(data, (int)line.Level, category, message);
        }
    }

    private readonly record struct Line(LogLevel Level, string Category, string Message);

    private sealed class Logger(string category, LogDelivery delivery) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            delivery.Add(new Line(logLevel, category, exception is null ? message : $"{message}\n{exception}"));
        }
    }
}
