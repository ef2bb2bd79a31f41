using System.Net;
using Microsoft.AspNetCore.Connections;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>The sockets' transport, with every connection in a <see cref="ConnectionTable"/>.</summary>
internal sealed class TrackedListenerFactory(IConnectionListenerFactory inner, Func<ConnectionTable> table) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => inner is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await inner.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), table());

    private sealed class Listener(IConnectionListener inner, ConnectionTable table) : IConnectionListener
    {
        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (await inner.AcceptAsync(cancellationToken).ConfigureAwait(false) is { } accepted)
            {
                if (await table.AddAsync(accepted, cancellationToken).ConfigureAwait(false) is { } connection)
                {
                    return connection;
                }

                // Closed before the next one is accepted: refused connections take one descriptor in all.
                accepted.Abort(new ConnectionAbortedException("There is no place."));
                await accepted.DisposeAsync().ConfigureAwait(false);
            }

            return null;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
