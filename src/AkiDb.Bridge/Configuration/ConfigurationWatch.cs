using System.Threading.Channels;
using Microsoft.Extensions.Primitives;

namespace AkiDb.Bridge.Configuration;

/// <summary>Tells when the configuration was written: once for a burst of changes, when it has come to rest.</summary>
internal sealed class ConfigurationWatch : IDisposable
{
    // Editors write a file several times, and several files may belong together.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(300);

    private readonly Channel<bool> changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TimeProvider time;
    private readonly IDisposable registration;

    /// <param name="configuration">Where the options are read from.</param>
    /// <param name="time">The clock.</param>
    public ConfigurationWatch(BridgeConfiguration configuration, TimeProvider time)
    {
        this.time = time;
        registration = ChangeToken.OnChange(configuration.GetReloadToken, () => changes.Writer.TryWrite(true));
    }

    /// <summary>Completes after the next change that has not been told of.</summary>
    public async Task ChangedAsync(CancellationToken cancellationToken)
    {
        await changes.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        do
        {
            await Task.Delay(Rest, time, cancellationToken).ConfigureAwait(false);
        }
        while (changes.Reader.TryRead(out _));
    }

    /// <inheritdoc/>
    public void Dispose() => registration.Dispose();
}
