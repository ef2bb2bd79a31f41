using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>A bridge of this process, for as long as a command needs it.</summary>
internal sealed class OwnBridge : ITextEmbedder
{
    private readonly IHost host;
    private readonly CancellationToken hurry;
    private readonly LocalEmbedder embedder;

    private OwnBridge(IHost host, EmbedSettings settings, int requestsInFlight, CancellationToken hurry)
    {
        (this.host, this.hurry) = (host, hurry);
        var options = host.Services.GetRequiredService<IOptions<BridgeOptions>>().Value;
        // A worker's batches are cut by what else is there, and by who is free.
        RequestsAtATime = options.Provider == EmbeddingProvider.Onnx ? 1 : requestsInFlight;
        MostCharacters = options.Admission.MaxInputChars;

        // Each request shares the engines with those that are in flight beside it.
        embedder = new LocalEmbedder(
            host.Services.GetRequiredService<IEmbeddingBridge>(), settings, options.Dispatch.Timeout * requestsInFlight, host.Services.GetRequiredService<TimeProvider>());
    }

    /// <inheritdoc/>
    public int MostCharacters { get; }

    /// <inheritdoc/>
    public int RequestsAtATime { get; }

    /// <summary>Starts it.</summary>
    /// <param name="values">What wins over <c>appsettings.json</c> and the environment.</param>
    /// <param name="settings">How texts are embedded.</param>
    /// <param name="requestsInFlight">How many requests are sent at a time.</param>
    /// <param name="hurry">Cancelled when the stop must not wait any longer.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<OwnBridge> StartAsync(
        IReadOnlyDictionary<string, string?> values, EmbedSettings settings, int requestsInFlight, CancellationToken hurry, CancellationToken cancellationToken)
    {
        var host = QuietHost.Build(configuration => configuration.AddAkiDbEnvironment().AddInMemoryCollection(values));
        try
        {
            var bridge = new OwnBridge(host, settings, requestsInFlight, hurry);
            await host.StartAsync(cancellationToken);
            return bridge;
        }
        catch
        {
            await HostRun.StopAsync(host, hurry);
            host.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken) => embedder.EmbedAsync(texts, space, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await HostRun.StopAsync(host, hurry);
        host.Dispose();
    }
}
