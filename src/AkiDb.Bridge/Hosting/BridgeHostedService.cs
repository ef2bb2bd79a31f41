using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Hosting;

/// <summary>Starts the models with the host, and ends them with it.</summary>
/// <remarks>
/// 1. Read the default model.   Where it cannot be served, the host does not start.
/// 2. Let requests in.          Engines load while the rest of the host starts; further models are read in the background.
/// 3. Follow the configuration.
/// 4. Stop.                     No worker is left when the host has stopped.
/// </remarks>
internal sealed class BridgeHostedService(
    ModelRegistry models, ConfigurationReloader reloader, TokenizingThreads tokenizing, IOptions<BridgeOptions> options, TimeProvider time, ILoggerFactory loggers)
    : BackgroundService, IAsyncDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly StatusInstruments instruments = new(models.GetStatus);
    private int disposed;

    /// <exception cref="BridgeException">The default model is not found, or its folder is not understood.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var model = models.Default;
        await model.ReadAsync(new ModelHostBuilder(options.Value, options.Value, tokenizing, time, loggers), cancellationToken).ConfigureAwait(false);
        models.TryOpen(model);
        model.Start();
        reloader.Begin();
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            // Also where nobody has stopped the host: no worker is left when this returns.
            base.Dispose();
            instruments.Dispose();
            await ending.CancelAsync().ConfigureAwait(false);
            await (ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await reloader.StopAsync().ConfigureAwait(false);
            await Task.WhenAll(models.All.Select(model => model.DisposeAsync().AsTask())).ConfigureAwait(false);
            ending.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopped = stoppingToken.UnsafeRegister(_ => ending.Cancel(), null);
        var reloading = reloader.RunAsync(ending.Token);
        try
        {
            // Both end with the host only. A default model without supervision is an internal error, and ends it.
            await (await Task.WhenAny(models.Default.Running, reloading).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // A host that is disposed of without having been stopped would log it as the failure of a service.
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await reloading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await reloader.StopAsync().ConfigureAwait(false);
            await Task.WhenAll(models.All.Select(model => model.StopAsync())).ConfigureAwait(false);
        }
    }
}
