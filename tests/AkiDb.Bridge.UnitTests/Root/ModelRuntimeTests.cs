using AkiDb.Bridge.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Root;

/// <summary>How a model ends while the host goes on.</summary>
public sealed class ModelRuntimeTests : IAsyncDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly ModelRuntime runtime;

    public ModelRuntimeTests()
    {
        var options = new ModelOptions { Model = ModelsBench.Folder("tiny-bert-cls") };
        options.Supervision.GracePeriod = TimeSpan.FromSeconds(7);
        runtime = new ModelRuntime(options, EmbeddingProvider.Mock, 1, new ModelLocator(ModelSearchPaths.FromEnvironment()), time, NullLoggerFactory.Instance);
        runtime.Load();
        runtime.Start();
    }

    public ValueTask DisposeAsync() => runtime.DisposeAsync();

    [Fact]
    public async Task Retired_model_waits_for_the_requests_that_it_has()
    {
        Assert.True(runtime.Doorway.TryEnter());
        var retired = runtime.RetireAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(retired.IsCompleted);
        Assert.False(runtime.Doorway.TryEnter());
        runtime.Doorway.Leave();

        await retired;
        Assert.True(runtime.Running.IsCompleted);
    }

    [Fact]
    public async Task Retired_model_waits_no_longer_than_its_grace_period()
    {
        Assert.True(runtime.Doorway.TryEnter());
        var retired = runtime.RetireAsync(CancellationToken.None);

        time.Advance(TimeSpan.FromSeconds(7));

        await retired;
    }

    [Fact]
    public async Task Host_that_stops_waits_for_no_request()
    {
        Assert.True(runtime.Doorway.TryEnter());
        using var stopping = new CancellationTokenSource();
        var retired = runtime.RetireAsync(stopping.Token);

        await stopping.CancelAsync();

        await retired;
    }

    [Fact]
    public async Task Running_model_runs_until_it_is_stopped_and_may_be_disposed_twice()
    {
        await runtime.SettledAsync(TestContext.Current.CancellationToken);
        Assert.False(runtime.Running.IsCompleted);
        Assert.Equal(BridgeState.Ready, runtime.Front.Health.State);

        await runtime.StopAsync();
        Assert.True(runtime.Running.IsCompleted);
        await runtime.DisposeAsync();
    }
}
