using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
using AkiDb.Bridge.Host.Logging;
using AkiDb.Bridge.Host.Services.Windows;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class EventLogProviderTests
{
    private const int LogFileFull = 1502;

    [Fact]
    public async Task Event_log_that_is_full_throws_into_nobody_who_logs()
    {
        var asked = new ConcurrentQueue<string>();
        using var provider = new EventLogProvider(new EventLogEntries((text, _, _) =>
        {
            asked.Enqueue(text);
            throw new Win32Exception(LogFileFull);
        }));
        var logger = provider.CreateLogger("category");

        Say(logger, LogLevel.Warning, 1, "first");
        Say(logger, LogLevel.Error, 2, "second");

        await Soon.UntilAsync(() => asked.Contains("category[1]: first") && asked.Contains("category[2]: second"));
    }

    [Fact]
    public async Task Warnings_and_errors_are_entries_with_their_numbers_and_nothing_else_is()
    {
        ConcurrentQueue<(string Text, bool IsError, int Id)> entries = [];
        using var provider = new EventLogProvider(new EventLogEntries((text, isError, id) => entries.Enqueue((text, isError, id))));
        var logger = provider.CreateLogger("category");

        Say(logger, LogLevel.Information, 3, "quiet");
        Say(logger, LogLevel.Warning, 7, "a warning");
        Say(provider.CreateLogger("Microsoft.Extensions.Hosting.Internal.Host"), LogLevel.Error, 11, "said in a sentence elsewhere");
        Say(logger, LogLevel.Warning, int.MinValue, "another's number");
        Say(logger, LogLevel.Critical, 8, "an error", new InvalidOperationException("the cause"));

        await Soon.UntilAsync(() => entries.Count == 3);
        Assert.Equal(
            [
                ("category[7]: a warning", false, 7),
                ($"category[{int.MinValue}]: another's number", false, 0),
                ("category[8]: an error" + Environment.NewLine + "System.InvalidOperationException: the cause", true, 8),
            ],
            entries);
    }

    [Fact]
    public void Configuration_calls_it_as_the_framework_does() =>
        Assert.Equal("EventLog", Assert.Single(typeof(EventLogProvider).GetCustomAttributes<ProviderAliasAttribute>()).Alias);

    [Fact]
    public void Entry_that_is_too_long_is_cut()
    {
        var written = new List<string>();

        new EventLogEntries((text, _, _) => written.Add(text)).Write(new LogLine(new string('a', 100_000), ToError: true));

        Assert.InRange(written.Single().Length, 1, 31_839);
    }

    private static void Say(ILogger logger, LogLevel level, int id, string text, Exception? cause = null) =>
        logger.Log(level, new EventId(id), text, cause, static (text, _) => text);
}
