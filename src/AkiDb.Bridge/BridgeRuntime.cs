using AkiDb.Bridge.Configuration;
using AkiDb.Bridge.Models;
using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge;

/// <summary>Owns the models of the host, and what follows its configuration.</summary>
internal sealed class BridgeRuntime : BackgroundService, IAsyncDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly ModelRegistry models;
    private readonly ModelReload reload;
    private int disposed;

    /// <param name="options">What the host is started with.</param>
    /// <param name="factory">Reads the configuration again.</param>
    /// <param name="watch">Tells when to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">The log.</param>
    /// <exception cref="BridgeException">The default model is not found, or its folder is not understood.</exception>
    /// <exception cref="OptionsValidationException">The configuration has mistakes.</exception>
    public BridgeRuntime(
        IOptions<BridgeOptions> options, IOptionsFactory<BridgeOptions> factory, ConfigurationWatch watch, TimeProvider time, ILoggerFactory loggers)
    {
        var all = options.Value;
        var paths = ModelSearchPaths.FromEnvironment();
        var download = new HubDownload(all.Worker.PythonPath, paths.HubCache, time, loggers.CreateLogger<HubDownload>(), ending.Token);
        var loader = new ModelLoader(all.Provider, paths, HubDownload.IsAllowed ? download.Fetch : null, time, loggers);
        models = new ModelRegistry(loader.LoadDefault(all));
        foreach (var (_, entry) in all.Models)
        {
            models.Add(loader.LoadFurther(entry, all, models.All));
        }

        reload = new ModelReload(models, loader, watch, factory, all, loggers.CreateLogger<ModelReload>());
        Bridge = new EmbeddingBridge(models, time);

        // Here, and not when the host starts: the engines load while the web server starts. Nothing below can fail any more.
        Array.ForEach(Runtimes, runtime => runtime.Load());
    }

    /// <summary>The front door.</summary>
    public EmbeddingBridge Bridge { get; }

    private ModelRuntime[] Runtimes => [.. models.All.Select(model => model.Runtime).OfType<ModelRuntime>()];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            // Also where nobody has stopped the host: no worker is left when this returns.
            base.Dispose();
            await ending.CancelAsync().ConfigureAwait(false);
            await (ExecuteTask ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var runtime in Runtimes)
            {
                await runtime.DisposeAsync().ConfigureAwait(false);
            }

            ending.Dispose();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopped = stoppingToken.UnsafeRegister(_ => ending.Cancel(), null);
        await Task.WhenAll(Runtimes.Select(runtime => runtime.HeadStartAsync(ending.Token))).ConfigureAwait(false);
        Array.ForEach(Runtimes, runtime => runtime.Start());
        var reloading = reload.RunAsync(ending.Token);
        try
        {
            // Both end with the host only. A default model without supervision is a bug of ours, and ends it.
            await (await Task.WhenAny(models.Default.Runtime!.Running, reloading).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await reloading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(Runtimes.Select(runtime => runtime.StopAsync())).ConfigureAwait(false);
        }
    }
}
