using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Workers that break the rules: the host neither hangs nor crashes, never passes a wrong vector on, and says what happened.</summary>
public sealed class MisbehavingWorkerTests
{
    private static readonly string[] Quick =
    [
        "--set", "Supervision:HelloTimeout=2s", "--set", "Supervision:MisconfiguredRetry=300ms", "--set", "Supervision:BackOffBase=50ms",
        "--set", "Supervision:BackOffMax=300ms", "--set", "Supervision:PingInterval=200ms", "--set", "Supervision:PingTimeout=2s",
        "--set", "Supervision:GracePeriod=2s", "--set", "Dispatch:AttemptTimeout=4s", "--set", "Dispatch:Timeout=12s",
    ];

    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Theory]
    [InlineData(WorkerDouble.PrintsBeforeHello, "Something other than frames was written to its stdout")]
    [InlineData(WorkerDouble.GiantLength, "announced a frame of 4294967295 bytes")]
    [InlineData(WorkerDouble.Garbage, "where a map belongs")]
    [InlineData(WorkerDouble.HalfFrameThenExit, "stream ended within a frame")]
    [InlineData(WorkerDouble.HalfFrameThenHang, "said no hello within")]
    [InlineData(WorkerDouble.NeverHello, "said no hello within")]
    [InlineData(WorkerDouble.DiesAtOnce, "SIGKILL")]
    [InlineData(WorkerDouble.DiesAfterHello, "SIGKILL")]
    [InlineData(WorkerDouble.AnotherProtocol, "speaks protocol 7 to 9")]
    [InlineData(WorkerDouble.OtherModel, "at least 0.9999 is required. It does not serve.")]
    [InlineData(WorkerDouble.ReadyWithWrongDimension, "dimension 12 instead of 384")]
    public async Task Worker_that_never_gets_ready_is_reported_and_tried_again_and_never_serves(string behaviour, string report)
    {
        await using var twin = new WorkerDouble(behaviour);
        await using var host = await BridgeHost.StartAsync(new HostSettings([.. Quick, "--set", "Dispatch:Timeout=4s"]) { Python = twin.Executable });
        await host.Log.WaitForAsync(report);
        await CheckServedInProcessAsync(host);
        var health = await host.ReadinessAsync(
            health => health is { Status: "degraded", Worker: { Restarts: >= 2, Detail: not null } }, "the worker was tried again");
        Assert.Contains(report, health.Worker.Detail, StringComparison.Ordinal);
        Assert.Contains(health.Reasons, reason => reason.Contains(report, StringComparison.Ordinal));
        await CheckServedInProcessAsync(host);

        using var refused = await host.PostAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" });
        var problem = await Problem.ReadAsync(refused);
        Assert.Equal(503, problem.Status);
        Assert.NotNull(problem.RetryAfter);
    }

    [Theory]
    [InlineData(WorkerDouble.WrongId, "which was never sent")]
    [InlineData(WorkerDouble.NotANumber, "not finite")]
    [InlineData(WorkerDouble.RowsWithWrongDimension, "rows of 192 values where")]
    [InlineData(WorkerDouble.HalfRowsThenExit, "stream ended within a frame")]
    [InlineData(WorkerDouble.HalfRowsThenHang, "did not answer a ping within")]
    public async Task Worker_that_breaks_its_answers_later_passes_no_wrong_vector_on(string behaviour, string report)
    {
        await using var twin = new WorkerDouble(behaviour);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(Quick) { Python = twin.Executable });
        var before = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check(before.Vectors, Few);
        Assert.Equal("worker:0", before.ServedBy);

        twin.Go();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.EmbedAsync(Reference.TextsAt(Few))));
        Assert.All(answers, answer => Reference.MiniLM.Check(answer.Vectors, Few));
        Assert.Contains(answers, answer => answer.ServedBy == "in-process");
        await host.Log.WaitForAsync(report);

        using var refused = await host.PostAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" });
        Assert.InRange((await Problem.ReadAsync(refused)).Status, 500, 504);
    }

    [Fact]
    public async Task Worker_that_answers_twice_is_heard_once()
    {
        await using var twin = new WorkerDouble(WorkerDouble.AnswersTwice);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off")
        {
            Python = twin.Executable,
            Environment = new Dictionary<string, string?> { ["Logging__LogLevel__AkiDb.Bridge"] = "Debug" },
        });
        twin.Go();
        foreach (var batch in Reference.MiniLM.All.Take(128).Chunk(16))
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.EmbedAsync(Reference.TextsAt(batch))));
            Assert.All(answers, answer => Reference.MiniLM.Check(answer.Vectors, batch));
        }

        await host.Log.WaitForAsync("the answer was dropped");
        Assert.Equal(0, (await host.ReadinessAsync()).Worker.Restarts);
    }

    [Fact]
    public async Task Stderr_of_11_MB_neither_blocks_the_worker_nor_floods_the_log()
    {
        await using var twin = new WorkerDouble(WorkerDouble.FloodsStderr);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings([.. Quick, "--set", "Supervision:HelloTimeout=20s"]) { Python = twin.Executable });
        Assert.Equal("worker:0", (await CheckAsync(host)).ServedBy);
        await host.Log.WaitForAsync("more lines on stderr within a second were not logged");
        Assert.InRange(host.Log.Count("WARNING flood"), 1, 2000);
        Assert.All(host.Log.Lines, line => Assert.InRange(line.Length, 0, 5000));
        Assert.Equal(0, (await host.ReadinessAsync()).Worker.Restarts);
    }

    [Fact]
    public async Task Worker_that_floods_its_stderr_for_ever_is_ended_and_fills_no_log()
    {
        await using var twin = new WorkerDouble(WorkerDouble.FloodsStderrForEver) { Times = 1 };
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(Quick) { Python = twin.Executable });
        var before = await host.WorkerReadyAsync();
        twin.Go();
        await host.Log.WaitForAsync("It floods its stderr");
        await host.WorkerReadyAsync(before);
        Assert.InRange(host.Log.Lines.Sum(line => (long)line.Length), 1, 1 << 20);
        Assert.DoesNotContain(host.Log.Lines, line => line.Contains('\u001b', StringComparison.Ordinal) || line.Contains('\r', StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Lines, line => line.TrimStart().StartsWith("fail: forged", StringComparison.Ordinal));
        await CheckAsync(host);
    }

    [Fact]
    public async Task Library_that_prints_to_stdout_is_logged_and_breaks_nothing()
    {
        await using var twin = new WorkerDouble(WorkerDouble.PrintsAfterTakingStreams);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings { Python = twin.Executable });
        Assert.Equal("worker:0", (await CheckAsync(host)).ServedBy);
        await host.Log.WaitForAsync("[worker:0] a library prints");
        await host.Log.WaitForAsync("[worker:0] a native library prints");
        await host.Log.WaitForAsync("[worker:0] a child prints");
    }

    [Fact]
    public async Task Worker_that_ignores_every_request_to_stop_is_killed_after_its_grace_period()
    {
        await using var twin = new WorkerDouble(WorkerDouble.Unstoppable);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings(Quick) { Python = twin.Executable });
        await CheckAsync(host);
        Assert.Equal(0, await host.StopAsync(TimeSpan.FromSeconds(15)));
        Assert.True(host.Log.Contains("did not exit within its grace period"), host.Log.Tail());
    }

    [Theory]
    [InlineData("off")]
    [InlineData("same-space")]
    public async Task Grandchild_that_holds_the_pipe_of_a_dead_worker_delays_nothing(string fallback)
    {
        await using var twin = new WorkerDouble(WorkerDouble.Grandchild);
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", fallback) { Python = twin.Executable });
        var before = (await host.ReadinessAsync()).Worker.Pid!.Value;
        var grandchild = int.Parse(twin.Note("grandchild.pid")!, CultureInfo.InvariantCulture);
        Signals.Send(before, Signals.Kill);

        // The pipe says nothing, the next ping would only fail after five seconds: the process itself must be watched.
        await host.ReadinessAsync(health => health.Worker.Pid != before, "the death is noticed", TimeSpan.FromSeconds(3));
        Assert.True(ProcessTable.IsAlive(grandchild));
        await CheckAsync(host);
        await host.WorkerReadyAsync(before);
        foreach (var pid in new[] { grandchild, int.Parse(twin.Note("grandchild.pid")!, CultureInfo.InvariantCulture) })
        {
            Signals.Send(pid, Signals.Kill);
        }
    }

    private static async Task<EmbedAnswer> CheckAsync(BridgeHost host)
    {
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check(answer.Vectors, Few);
        return answer;
    }

    private static async Task CheckServedInProcessAsync(BridgeHost host)
    {
        var answer = await CheckAsync(host);
        Assert.Equal("in-process", answer.ServedBy);
        Assert.True(answer.Degraded);
    }
}
