using System.Net;
using System.Net.Sockets;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Whether the address can be listened on, and who does so already.</summary>
internal static class PortCheck
{
    private const string Name = "port";

    /// <param name="host">The address, as it is configured.</param>
    /// <param name="port">The port; 0 takes a free one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Check> OfAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (port == 0)
        {
            return Check.Pass(Name, "a free one is taken");
        }

        try
        {
            var addresses = host is "*" or "+" ? [IPAddress.Any] : IPAddress.TryParse(host, out var address) ? [address] : await Dns.GetHostAddressesAsync(host, cancellationToken);
            using var socket = new Socket(addresses[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(addresses[0], port));
            socket.Listen();
            return Check.Pass(Name, $"{host}:{port} is free");
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return Check.Fail(Name, $"{host}:{port} is taken by {PortOwner.Find(port)}.", "End that program, or choose another port with --port or AKIDB_REST_PORT.");
        }
        catch (SocketException error)
        {
            return Check.Fail(
                Name, $"{host}:{port} cannot be listened on: {error.Message}.", "Choose another with --host and --port, or AKIDB_HOST and AKIDB_REST_PORT; ports below 1024 need a privilege.");
        }
    }
}
