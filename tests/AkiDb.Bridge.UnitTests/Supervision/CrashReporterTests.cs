using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Processes;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class CrashReporterTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeProcess process = new() { Computes = false, LastStderr = ["INFO akidb last words"], LastTraceback = "Fatal Python error: Aborted" };
    private readonly WorkerInstance instance;

    public CrashReporterTests() => instance = new WorkerInstance(process, 1 << 26, ReplyThreads.Start, time, NullLogger.Instance);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        process.Start();
        instance.RecordHello(await instance.Connection.ReceiveHelloAsync(Stop));
        instance.RecordLoaded(new Worker(0, instance.Connection, 2, "float32", time));
        instance.RecordReady();
    }

    public ValueTask DisposeAsync() => instance.DisposeAsync();

    [Theory]
    [InlineData(139, true, false, "signal 11 (SIGSEGV)")]
    [InlineData(134, true, false, "signal 6 (SIGABRT)")]
    [InlineData(1, true, false, "exit code 1")]
    [InlineData(3, true, false, "exit code 3")]
    [InlineData(137, false, true, "signal 9 (SIGKILL)")]
    [InlineData(143, false, true, "signal 15 (SIGTERM)")]
    [InlineData(0, false, true, "exit code 0")]
    public async Task Crash_is_told_from_somebodys_signal(int code, bool suspected, bool outside, string exit)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows knows no signals.");
        process.Die(code);

        var end = await CrashReporter.ExamineAsync(instance, new Symptom("Its pipe broke."), time);

        Assert.Equal((suspected, outside, exit), (end.InputSuspected, end.FromOutside, end.Crash!.Exit));
        Assert.Contains(exit, end.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Stuck_worker_is_suspected_of_its_input_if_it_had_any(bool busy, bool suspected)
    {
        var embedding = busy ? EmbedAsync() : Task.CompletedTask;

        var end = await CrashReporter.ExamineAsync(instance, new Symptom("It is silent.") { Alive = true, Stuck = true }, time);

        Assert.Equal(suspected, end.InputSuspected);
        Assert.Null(end.Crash!.Exit);
        Assert.True(process.WasKilled);
        await embedding;
    }

    [Fact]
    public async Task Stuck_worker_is_judged_by_what_it_had_in_flight_when_it_fell_silent()
    {
        BatchSize[] before = [new(1, 2)];

        var end = await CrashReporter.ExamineAsync(instance, new Symptom("It is silent.") { Alive = true, Stuck = true, InFlight = before }, time);

        Assert.True(end.InputSuspected);
        Assert.Same(before, end.Crash!.InFlight);
    }

    [Fact]
    public async Task Worker_that_was_not_stuck_is_not_suspected_of_its_input()
    {
        var embedding = EmbedAsync();

        var end = await CrashReporter.ExamineAsync(instance, new Symptom("It floods its stderr.") { Alive = true }, time);

        Assert.False(end.InputSuspected);
        Assert.Equal([new BatchSize(3, 6)], end.Crash!.InFlight);
        await embedding;
    }

    [Fact]
    public async Task Misconfigured_worker_is_not_waited_for_and_its_reason_says_no_more()
    {
        var end = await CrashReporter.ExamineAsync(instance, new Symptom("It lacks a library.") { Misconfigured = true }, time);

        Assert.Equal(("It lacks a library.", true), (end.Reason, end.Misconfigured));
        Assert.True(process.WasKilled);
    }

    [Fact]
    public async Task Report_holds_what_is_known()
    {
        var embedding = EmbedAsync();
        time.Advance(TimeSpan.FromSeconds(7));
        process.Die(134);
        await embedding;

        var end = await CrashReporter.ExamineAsync(instance, new Symptom("Its pipe broke."), time);

        // Its last line is a reason before its hello only.
        Assert.Equal("Its pipe broke. The process ended with signal 6 (SIGABRT).", end.Reason);
        var crash = end.Crash!;
        Assert.Equal([new BatchSize(3, 6)], crash.InFlight);
        Assert.Equal(["INFO akidb last words"], crash.Stderr);
        Assert.Equal("Fatal Python error: Aborted", crash.Traceback);
        Assert.Equal(TimeSpan.FromSeconds(7), crash.Uptime);
        Assert.Equal(TimeSpan.FromSeconds(7), end.Served);
        Assert.Equal(time.GetUtcNow(), crash.At);
        Assert.Null(crash.MemoryBytes);
    }

    [Fact]
    public async Task Exit_is_waited_for_but_not_for_long()
    {
        var examination = CrashReporter.ExamineAsync(instance, new Symptom("Its pipe broke."), time);
        Assert.False(examination.IsCompleted);

        time.Advance(TimeSpan.FromMilliseconds(400));

        var end = await examination;
        Assert.Contains("It was killed.", end.Reason, StringComparison.Ordinal);
        Assert.False(end.InputSuspected);
    }

    [Theory]
    [InlineData(137, true, false, "OOM killer: its count rose")]
    [InlineData(137, false, false, "Somebody or something sent SIGKILL")]
    [InlineData(137, null, false, "does not tell")]
    [InlineData(null, null, true, "SIGSTOP")]
    [InlineData(139, null, false, null)]
    [InlineData(null, null, false, null)]
    public void Explanation_says_no_more_than_is_known(int? code, bool? forMemory, bool stopped, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows knows no signals.");
        var explanation = CrashReporter.Explain(code is { } known ? new WorkerExit(known) : null, forMemory, stopped);

        Assert.True(expected is null ? explanation is null : explanation!.Contains(expected, StringComparison.Ordinal), explanation);
    }

    private async Task EmbedAsync()
    {
        var embedding = instance.Worker!.EmbedAsync(InMemoryWorker.Batch(3), new float[6], TimeSpan.FromMinutes(1), Stop).AsTask();
        await Soon.UntilAsync(() => instance.Connection.InFlightBatches().Count == 1);
        await ((Task)embedding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
