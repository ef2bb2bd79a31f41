using AkiDb.Bridge.Chaos;

namespace AkiDb.Bridge.Host.Benchmark;

/// <summary>A bridge that runs already, over HTTP.</summary>
internal sealed class RemoteTarget(Uri address, string? key) : IBenchTarget
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly BridgeClient client = new(address, Timeout, fallback: null, key);

    /// <inheritdoc/>
    public string Name => address.ToString();

    /// <inheritdoc/>
    public async Task<string?> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) => (await client.EmbedAsync(texts, cancellationToken)).Failure;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
