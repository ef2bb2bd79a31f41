using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;
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
        using var provider = new EventLogProvider(Full(asked), Full(asked));
        var logger = provider.CreateLogger("category");

        Say(logger, LogLevel.Warning, 1, "first");
        Say(logger, LogLevel.Error, 2, "second");

        await Soon.UntilAsync(() => asked.Contains("category[1]: first") && asked.Contains("category[2]: second"));
    }

    [Fact]
    public async Task Warnings_and_errors_are_entries_and_nothing_else_is()
    {
        ConcurrentQueue<string> warnings = [], errors = [];
        using var provider = new EventLogProvider(new EventLogStream(warnings.Enqueue), new EventLogStream(errors.Enqueue));
        var logger = provider.CreateLogger("category");

        Say(logger, LogLevel.Information, 3, "quiet");
        Say(logger, LogLevel.Warning, 7, "a warning");
        Say(provider.CreateLogger("Microsoft.Extensions.Hosting.Internal.Host"), LogLevel.Error, 11, "said in a sentence elsewhere");
        Say(logger, LogLevel.Critical, 8, "an error", new InvalidOperationException("the cause"));

        await Soon.UntilAsync(() => !errors.IsEmpty);
        Assert.Equal(["category[7]: a warning"], warnings);
        Assert.Equal(["category[8]: an error" + Environment.NewLine + "System.InvalidOperationException: the cause"], errors);
    }

    [Fact]
    public void Configuration_calls_it_as_the_framework_does() =>
        Assert.Equal("EventLog", Assert.Single(typeof(EventLogProvider).GetCustomAttributes<ProviderAliasAttribute>()).Alias);

    [Fact]
    public void Entry_that_is_too_long_is_cut()
    {
        var written = new List<string>();
        using var stream = new EventLogStream(written.Add);

        stream.Write(new byte[100_000]);

        Assert.InRange(written.Single().Length, 1, 31_839);
    }

    private static void Say(ILogger logger, LogLevel level, int id, string text, Exception? cause = null) =>
        logger.Log(level, new EventId(id), text, cause, static (text, _) => text);

    private static EventLogStream Full(ConcurrentQueue<string> asked) => new(text =>
    {
        asked.Enqueue(text);
        throw new Win32Exception(LogFileFull);
    });
}
