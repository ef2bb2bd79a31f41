using AkiDb.Bridge.AspNetCore;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.AspNetCore;

public sealed class ServerDrainTests : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider time = new();
    private readonly ApplicationLifetime lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly ServerDrain drain;

    public ServerDrainTests() => drain = new ServerDrain(Delay, lifetime, time);

    public void Dispose() => drain.Dispose();

    [Fact]
    public async Task Host_that_is_asked_to_stop_has_begun_to_drain_and_goes_on_for_the_delay()
    {
        Assert.False(drain.HasBegun);
        lifetime.StopApplication();
        Assert.True(drain.HasBegun);
        Assert.False(drain.Stopping.IsCancellationRequested);

        var stopping = drain.StoppingAsync(CancellationToken.None);
        time.Advance(Delay - TimeSpan.FromMilliseconds(1));
        Assert.Equal((false, false), (stopping.IsCompleted, drain.Stopping.IsCancellationRequested));
        time.Advance(TimeSpan.FromMilliseconds(1));
        await stopping;
        Assert.True(drain.Stopping.IsCancellationRequested);
    }

    [Fact]
    public void Host_whose_stop_is_not_announced_has_begun_to_drain_when_its_services_stop()
    {
        _ = drain.StoppingAsync(CancellationToken.None);
        Assert.True(drain.HasBegun);
    }

    [Fact]
    public async Task Who_does_not_want_to_wait_ends_the_delay()
    {
        using var hurry = new CancellationTokenSource();
        var stopping = drain.StoppingAsync(hurry.Token);
        Assert.False(stopping.IsCompleted);
        await hurry.CancelAsync();
        await stopping;
        Assert.True(drain.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Without_a_delay_the_server_stops_with_the_host()
    {
        using var immediate = new ServerDrain(TimeSpan.Zero, lifetime, time);
        lifetime.StopApplication();
        Assert.True(immediate.Stopping.IsCancellationRequested);
        await immediate.StoppingAsync(CancellationToken.None);
    }
}
