using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Hosting;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Hosting;

/// <summary>How a model ends while the host goes on.</summary>
public sealed class ModelHostTests : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new();
    private readonly TokenizingThreads threads = new();
    private readonly BridgeOptions options = new() { Model = ModelsBench.Folder("tiny-bert-cls"), Provider = EmbeddingProvider.Mock };
    private readonly ModelHost host;

    public ModelHostTests()
    {
        options.Supervision.GracePeriod = TimeSpan.FromSeconds(7);
        host = new ModelHost(options, time, NullLogger<ModelHost>.Instance);
    }

    public async ValueTask InitializeAsync()
    {
        await host.ReadAsync(new ModelHostBuilder(options, options, threads, time, NullLoggerFactory.Instance), TestContext.Current.CancellationToken);
        host.Open();
        host.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        threads.Dispose();
    }

    [Fact]
    public async Task Retired_model_waits_for_the_requests_that_it_has()
    {
        Assert.True(host.Pipeline.Drain.TryEnter());
        var retired = host.RetireAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(retired.IsCompleted);
        Assert.False(host.Pipeline.Drain.TryEnter());
        host.Pipeline.Drain.Leave();

        await retired;
        Assert.True(host.Running.IsCompleted);
    }

    [Fact]
    public async Task Retired_model_waits_no_longer_than_its_grace_period()
    {
        Assert.True(host.Pipeline.Drain.TryEnter());
        var retired = host.RetireAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(7));

        await retired;
    }

    [Fact]
    public async Task Host_that_stops_waits_for_no_request()
    {
        Assert.True(host.Pipeline.Drain.TryEnter());
        using var stopping = new CancellationTokenSource();
        var retired = host.RetireAsync(stopping.Token);

        await stopping.CancelAsync();

        await retired;
    }

    [Fact]
    public async Task Running_model_runs_until_it_is_stopped_and_may_be_disposed_twice()
    {
        await host.SettledAsync(TestContext.Current.CancellationToken);
        Assert.False(host.Running.IsCompleted);
        Assert.Equal(BridgeState.Ready, host.State);

        await host.StopAsync();
        Assert.True(host.Running.IsCompleted);
        await host.DisposeAsync();
    }
}
