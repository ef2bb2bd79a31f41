using AkiDb.Bridge.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>The server's end, in two steps: first it is not ready any more, and <see cref="HttpOptions.DrainDelay"/> later it stops.</summary>
/// <remarks>In between whoever sends requests by <c>/readyz</c> looks away, and everything is answered as ever.</remarks>
internal sealed class ServerDrain : IHostedLifecycleService, IDisposable
{
    private readonly TimeSpan delay;
    private readonly IHostApplicationLifetime lifetime;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource delayed = new();
    private volatile bool begun;

    /// <param name="delay">How long the server goes on after it has said that it is not ready.</param>
    /// <param name="lifetime">Says when the host stops.</param>
    /// <param name="time">The clock.</param>
    public ServerDrain(TimeSpan delay, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        (this.delay, this.lifetime, this.time) = (delay, lifetime, time);
        Stopping = delay == TimeSpan.Zero ? lifetime.ApplicationStopping : delayed.Token;
    }

    /// <summary>Whether the host was asked to stop.</summary>
    public bool HasBegun => begun || lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Cancelled when the delay is over: what has not arrived is not waited for.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>A model as whoever sends requests is to see it.</summary>
    public ModelStatus Show(ModelStatus model) => HasBegun ? model with { State = BridgeState.Unavailable, Reasons = ["The host is stopping: send requests to another one."] } : model;

    // The host calls this before it stops any of its services, the web server among them.

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        begun = true;
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await delayed.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => delayed.Dispose();
}
