using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using AkiDb.Bridge.Host.Commands;
using AkiDb.Bridge.Host.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Logging.EventLog;

namespace AkiDb.Bridge.Host.Services.Windows;

/// <summary>What runs when Windows starts the service: <c>serve</c> as it was installed, its log in a file, what is serious in the event log too.</summary>
[SupportedOSPlatform("windows")]
internal static class WindowsServiceRun
{
    private const string Timestamp = "yyyy-MM-dd HH:mm:ss.fff ";

    private static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(1);

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
            return await StartupErrors.ReportAsync(() => ServeAsync(name, stored, session, log), sentence => Say(name, log, sentence));
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
                builder.Logging.AddEventLog(new EventLogSettings { SourceName = name, Filter = (_, level) => level >= LogLevel.Warning });
                builder.Services.AddSingleton(new LogStreams(log, log));
                builder.Services.Configure<SimpleConsoleFormatterOptions>(options => (options.TimestampFormat, options.UseUtcTimestamp) = (Timestamp, true));
                builder.Services.AddSingleton(session).AddHostedService<ScmReporter>();
            },
            CancellationToken.None);
    }

    private static async Task Say(string name, Stream log, string sentence)
    {
        log.Write(Encoding.UTF8.GetBytes(sentence + Environment.NewLine));

        // The event log is a service of its own, which must not keep this one from ending; the file has the sentence.
        var writing = Task.Run(() => EventLog.WriteEntry(name, sentence, EventLogEntryType.Error));
        await writing.WaitAsync(LongestWrite, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
