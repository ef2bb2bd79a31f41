using AkiDb.Bridge.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class WorkerProcessTests
{
    // Whoever closes the pipe because the process has ended closes it under the writer: the runtime may never return from a first write then.
    [Fact]
    public async Task First_words_to_a_process_that_is_just_ending_never_hang()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It needs /bin/sh.");
        var time = TimeProvider.System;
        using var thread = new ProcessThread();
        for (var moment = TimeSpan.Zero; moment < TimeSpan.FromMilliseconds(2); moment += TimeSpan.FromMicroseconds(10))
        {
            await using var process = await WorkerProcess.StartAsync(thread, Command("/bin/false"), "test", NullLogger.Instance, time);
            var started = time.GetTimestamp();
            SpinWait.SpinUntil(() => time.GetElapsedTime(started) >= moment);
            var input = process.Input;
            var writing = Task.Run(() => input.Write([1]), TestContext.Current.CancellationToken);
            var refusal = await Record.ExceptionAsync(() => writing.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
            Assert.True(refusal is null or IOException, $"{refusal}");
        }
    }

    private static WorkerCommand Command(string executable) => new(executable, "module", [], new Dictionary<string, string?>(), Path.GetTempPath());
}
