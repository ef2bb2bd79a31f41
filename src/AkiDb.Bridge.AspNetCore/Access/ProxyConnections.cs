using Microsoft.AspNetCore.Connections;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>Reads the header of the PROXY protocol, where a proxy that is trusted has written one. Whoever is not trusted sends a bad request with it.</summary>
internal static class ProxyConnections
{
    public static ConnectionDelegate Middleware(ConnectionDelegate next, TrustedProxies proxies) => async connection =>
    {
        if (!proxies.Has(connection.RemoteEndPoint) || await ReadAsync(connection).ConfigureAwait(false))
        {
            await next(connection).ConfigureAwait(false);
        }
    };

    /// <returns>Whether the connection can be served.</returns>
    private static async Task<bool> ReadAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(connection.ConnectionClosed).ConfigureAwait(false);
            try
            {
                if (ProxyHeader.TryRead(read.Buffer, out var header))
                {
                    connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return true;
                }
            }
            catch (FormatException error)
            {
                connection.Abort(new ConnectionAbortedException(error.Message));
                return false;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return false;
            }
        }
    }
}
