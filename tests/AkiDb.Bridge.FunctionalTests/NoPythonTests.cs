using System.Diagnostics;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Machines on which no worker can run: the in-process engine answers, and the operator is told what is missing.</summary>
public sealed class NoPythonTests
{
    private const string Missing = "The workers' Python could not be started: '/nonexistent' does not exist. Set AKIDB_EMBEDDING_PYTHON_PATH";
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Fact]
    public async Task Without_Python_the_in_process_engine_answers_and_the_host_keeps_trying()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--set", "Supervision:MisconfiguredRetry=500ms") { Python = "/nonexistent" });
        await CheckAsync(host);
        var health = await host.ReadinessAsync(health => health is { Status: "degraded", Worker.Restarts: >= 3, InProcess.State: "ready" }, "the host keeps trying");
        Assert.Contains(health.Reasons, reason => reason.Contains(Missing, StringComparison.Ordinal));
        await host.Log.WaitForCountAsync(Missing, 3);

        using var live = await host.Client.GetAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True(live.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Without_Python_memory_and_descriptors_stay_where_they_are()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--set", "Supervision:MisconfiguredRetry=10ms") { Python = "/nonexistent" });
        await host.ReadinessAsync(health => health is { Worker.Restarts: >= 50, InProcess.State: "ready" }, "50 tries");
        await CheckAsync(host);
        var (descriptors, memory) = (ProcessTable.Descriptors(host.Process.Pid), ProcessTable.ResidentBytes(host.Process.Pid));
        await host.ReadinessAsync(health => health.Worker.Restarts >= 250, "200 more tries");
        await CheckAsync(host);
        Assert.InRange(ProcessTable.Descriptors(host.Process.Pid), 1, descriptors + 8);
        Assert.InRange(ProcessTable.ResidentBytes(host.Process.Pid), 1, memory + (64 << 20));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_Python_and_fallback_a_request_is_refused_at_once_with_the_reason(bool perBridge)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings(perBridge ? ["--fallback", "off"] : []) { Python = "/nonexistent" });
        await host.Log.WaitForAsync(Missing);
        var started = Stopwatch.GetTimestamp();
        using var response = await host.PostAsync(new { inputs = new[] { "a text" }, fallback = perBridge ? null : "off" });
        var problem = await Problem.ReadAsync(response);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(503, problem.Status);
        Assert.Contains(Missing, problem.Detail, StringComparison.Ordinal);
        Assert.InRange(problem.RetryAfter!.Value.TotalSeconds, 1, 30);
    }

    [Fact]
    public async Task Python_without_torch_is_answered_by_the_in_process_engine_with_a_remedy()
    {
        Assert.SkipWhen(Python.WithoutTorch is null, "Every Python on this machine has torch.");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--set", "Supervision:MisconfiguredRetry=500ms") { Python = Python.WithoutTorch });
        var line = await host.Log.WaitForAsync("worker:0 cannot work");
        Assert.Contains(Python.WithoutTorch, line, StringComparison.Ordinal);
        Assert.Contains("AKIDB_EMBEDDING_PYTHON_PATH", line, StringComparison.Ordinal);
        await CheckAsync(host);
        var health = await host.ReadinessAsync(health => health.Worker.Restarts >= 2, "the host keeps trying");
        Assert.Equal("degraded", health.Status);

        using var response = await host.PostAsync(new { inputs = new[] { "a text" }, fallback = "off" });
        Assert.Equal(503, (await Problem.ReadAsync(response)).Status);
    }

    [Fact]
    public async Task File_that_is_no_program_is_named_in_the_reason()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings { Python = TestData.TestPaths.Repository + "/requirements.txt" });
        Assert.Contains("requirements.txt", await host.Log.WaitForAsync("worker:0 cannot work"), StringComparison.Ordinal);
        await CheckAsync(host);
    }

    private static async Task CheckAsync(BridgeHost host)
    {
        var answer = await host.EmbedAsync(Reference.TextsAt(Few));
        Reference.MiniLM.Check(answer.Vectors, Few);
        Assert.Equal("in-process", answer.ServedBy);
        Assert.True(answer.Degraded);
    }
}
