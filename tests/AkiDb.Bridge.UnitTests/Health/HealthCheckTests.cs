using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.UnitTests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AkiDb.Bridge.UnitTests.Health;

public sealed class HealthCheckTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BridgeState.Ready, HealthStatus.Healthy)]
    [InlineData(BridgeState.Degraded, HealthStatus.Degraded)]
    [InlineData(BridgeState.Unavailable, HealthStatus.Unhealthy)]
    public async Task Readiness_is_the_default_models_state_and_liveness_is_none_of_it(BridgeState state, HealthStatus expected)
    {
        var report = await CheckAsync(new FixedStatus(state), checks => checks.AddAkiDbBridge());

        Assert.Equal(HealthStatus.Healthy, report.Entries["akidb-bridge-live"].Status);
        Assert.Equal(["live"], report.Entries["akidb-bridge-live"].Tags);
        var ready = report.Entries["akidb-bridge-ready"];
        Assert.Equal(["ready"], ready.Tags);
        Assert.Equal(expected, ready.Status);
        Assert.Equal("It is so.", ready.Description);
        Assert.Equal(state.ToString(), ready.Data["a/model"]);
    }

    [Fact]
    public async Task Failure_status_is_the_callers_and_two_calls_are_one()
    {
        var report = await CheckAsync(new FixedStatus(BridgeState.Unavailable), checks => checks.AddAkiDbBridge(HealthStatus.Degraded).AddAkiDbBridge());

        Assert.Equal(2, report.Entries.Count);
        Assert.Equal(HealthStatus.Degraded, report.Entries["akidb-bridge-ready"].Status);
    }

    [Fact]
    public async Task Bridge_of_a_host_is_checked()
    {
        await using var bench = await ModelsBench.StartAsync(("Model", ModelsBench.Folder("tiny-bert-cls")));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(bench.Administration, checks => checks.AddAkiDbBridge())).Status);
    }

    private static async Task<HealthReport> CheckAsync(IBridgeAdministration administration, Action<IHealthChecksBuilder> add)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(administration);
        add(services.AddHealthChecks());
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
    }

    private sealed class FixedStatus(BridgeState state) : IBridgeAdministration
    {
        public BridgeStatus GetStatus() => new([
            new ModelStatus
            {
                Model = "a/model", State = state, Reasons = ["It is so."], Facts = null, Uptime = TimeSpan.Zero, Workers = [],
                InProcess = new InProcessStatus("in-process", "off", null), FallbackModel = null, Queue = new QueueStatus(0, 0, 0, null, 0, false),
            },
        ]);

        public bool RestartWorker(int slot, string? model = null) => false;
    }
}
