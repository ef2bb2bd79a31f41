using AkiDb.Bridge.Hosting;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>A bridge of this process, without HTTP.</summary>
internal sealed class OwnTarget : IBenchTarget
{
    private readonly IHost host;
    private readonly IEmbeddingBridge bridge;

    private OwnTarget(IHost host) => (this.host, bridge) = (host, host.Services.GetRequiredService<IEmbeddingBridge>());

    /// <inheritdoc/>
    public string Name => $"a bridge of its own, {host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value.Model}";

    /// <summary>Starts it, and waits until each of its engines has had its first try.</summary>
    public static async Task<OwnTarget> StartAsync(IReadOnlyDictionary<string, string?> values, CancellationToken cancellationToken)
    {
        // What is refused under load is counted here, not logged.
        var target = new OwnTarget(QuietHost.Build(configuration => configuration.AddAkiDbEnvironment().AddInMemoryCollection(values), least: LogLevel.Error));
        try
        {
            await target.host.StartAsync(cancellationToken);
            await target.host.Services.GetRequiredService<ModelRegistry>().Default.SettledAsync(cancellationToken);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<string?> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        try
        {
            await bridge.EmbedAsync(new EmbeddingRequest { Inputs = texts }, cancellationToken);
            return null;
        }
        catch (BridgeException error)
        {
            return error.Error.Kind.ToString();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await HostRun.StopAsync(host, CancellationToken.None);
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
