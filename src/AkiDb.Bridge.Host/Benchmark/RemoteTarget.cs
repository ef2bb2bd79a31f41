using AkiDb.Bridge.AspNetCore;
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
    /// <exception cref="NotAcceptedException">It refuses who asks.</exception>
    public async Task<string?> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        var failure = (await client.EmbedAsync(texts, cancellationToken)).Failure;
        return failure == ProblemCodes.Unauthorized ? throw new NotAcceptedException($"The bridge at {address} refuses ({failure}). A key is given with --key-file.") : failure;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
