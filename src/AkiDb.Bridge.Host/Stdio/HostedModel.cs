using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Hosting;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>One loaded model, in a host of its own: what becomes of it concerns no other.</summary>
internal sealed class HostedModel : IAsyncDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    private readonly IHost host;
    private readonly IEmbeddingBridge bridge;
    private readonly IBridgeAdministration administration;

    private HostedModel(IHost host, string? folder)
    {
        (this.host, Folder) = (host, folder);
        bridge = host.Services.GetRequiredService<IEmbeddingBridge>();
        administration = host.Services.GetRequiredService<IBridgeAdministration>();
        Timeout = host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value.Dispatch.Timeout;
    }

    /// <summary>Its folder, without links; null where it had to be fetched first.</summary>
    public string? Folder { get; }

    /// <summary>The components of its vectors.</summary>
    public int Dimension => administration.GetStatus().Default.Facts!.Dimension;

    /// <summary>How long a request may take.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Starts it, and waits until an engine answers.</summary>
    /// <param name="configured">The model, as the configuration calls it.</param>
    /// <param name="folder">Its folder, without links; null where it must be fetched first.</param>
    /// <param name="values">What the command line says, as configuration.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BridgeException">It cannot be served. Nothing of it is left.</exception>
    public static async Task<HostedModel> StartAsync(
        string configured, string? folder, IReadOnlyDictionary<string, string?> values, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = Build(values.Append(KeyValuePair.Create($"{BridgeOptions.Section}:{nameof(BridgeOptions.Model)}", (string?)configured)));
        try
        {
            await host.StartAsync(cancellationToken);
            var model = new HostedModel(host, folder);
            await model.AnswersAsync(time, cancellationToken);
            return model;
        }
        catch (Exception)
        {
            await StopAsync(host);
            throw;
        }
    }

    /// <summary>Reads the configuration, and runs nothing.</summary>
    /// <returns>The longest line that is read, in bytes.</returns>
    /// <exception cref="OptionsValidationException">The configuration has mistakes.</exception>
    public static int MostLineBytes(IReadOnlyDictionary<string, string?> values)
    {
        using var host = Build(values);
        _ = host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        return (int)Math.Min(Array.MaxLength / 2, HttpSection.OptionsOf(host.Services).MaxBodyBytes);
    }

    /// <summary>Embeds texts.</summary>
    /// <exception cref="BridgeException">They cannot be embedded now.</exception>
    public Task<EmbeddingResult> EmbedAsync(EmbedBatchCall call, CancellationToken cancellationToken) =>
        bridge.EmbedAsync(new EmbeddingRequest { Inputs = call.Inputs, Normalize = call.Normalize, Priority = EmbeddingPriority.Bulk }, cancellationToken);

    /// <summary>Ends it; no worker is left when this returns.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(host);

    // AkiDB's own variables mean AkiDB itself here; its Python is this program.
    private static IHost Build(IEnumerable<KeyValuePair<string, string?>> values) => QuietHost.Build(
        configuration => configuration.AddBridgeVariables().AddInMemoryCollection(values),
        options =>
        {
            // An answer here cannot say that another model has given it.
            options.FallbackModel = null;
            options.Fallback = options.Fallback == FallbackPolicy.Any ? FallbackPolicy.SameSpace : options.Fallback;
        });

    private async Task AnswersAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        await host.Services.GetRequiredService<ModelRegistry>().Default.SettledAsync(cancellationToken);

        // Each engine has had its first try; a worker that was killed in its own gets another one.
        var started = time.GetTimestamp();
        while (administration.GetStatus().Default is { State: BridgeState.Unavailable } status)
        {
            if (time.GetElapsedTime(started) > Timeout)
            {
                throw new BridgeException(new BridgeError(BridgeErrorKind.NoEngine, string.Join(' ', status.Reasons)));
            }

            await Task.Delay(BetweenLooks, time, cancellationToken);
        }
    }

    private static async Task StopAsync(IHost host)
    {
        await HostRun.StopAsync(host, CancellationToken.None);
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }
    }
}
