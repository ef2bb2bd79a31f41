using System.Runtime.Versioning;
using AkiDb.Bridge.Host.Commands;
using AkiDb.Bridge.Host.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>What runs when Windows starts the service: <c>serve</c> as it was installed, its log in a file, what is serious in the event log too.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsServiceRun
{
    private const string Timestamp = "yyyy-MM-dd HH:mm:ss.fff ";

    /// <summary>Runs it until it has stopped.</summary>
    /// <param name="name">What the service is called.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ServiceException">There is no such service, or nobody but a person has started this.</exception>
    public static int Run(string name)
    {
        var folder = new ServiceFolder(name);
        var stored = folder.Read() ?? throw ServiceException.NotInstalled(name, forUser: false);
        return ScmSession.Run(name, stored.StopLimit(), async session =>
        {
            using var log = new RollingFileStream(folder.LogFile);
            return await StartupErrors.ReportAsync(() => ServeAsync(name, stored, session, log), sentence => SayAsync(name, log, sentence));
        });
    }

    private static async Task<int> ServeAsync(string name, StoredService stored, ScmSession session, Stream log)
    {
        foreach (var (variable, value) in stored.Environment)
        {
            Environment.SetEnvironmentVariable(variable, value);
        }

        return await ServeCommand.ServeAsync(
            await ServeCommand.ReadAsync(stored.Arguments),
            builder =>
            {
                builder.Services.AddSingleton<ILoggerProvider>(_ => new EventLogProvider(EventLogEntries.Of(name)));
                builder.Services.AddSingleton(new LogStreams(log, log));
                builder.Services.Configure<SimpleConsoleFormatterOptions>(options => (options.TimestampFormat, options.UseUtcTimestamp) = (Timestamp, true));
                builder.Services.AddSingleton(session).AddHostedService<ScmReporter>();
            },
            CancellationToken.None);
    }

    // Neither a full disk nor a full event log keeps the service from ending with its exit code: each is written if it can be.
    private static Task SayAsync(string name, Stream log, string sentence)
    {
        var file = new LogStreams(log, log);
        var entries = EventLogEntries.Of(name);
        using var queue = new LogQueue(static count => new LogLine(LogQueue.Dropped(count), ToError: true, LogEvents.Dropped), Write);
        queue.Add(new LogLine(sentence + Environment.NewLine, ToError: false));
        queue.Add(new LogLine(sentence, ToError: true, LogEvents.Ended));
        return Task.CompletedTask;

        void Write(LogLine line)
        {
            if (line.ToError)
            {
                entries.Write(line);
            }
            else
            {
                file.Write(line);
            }
        }
    }
}
