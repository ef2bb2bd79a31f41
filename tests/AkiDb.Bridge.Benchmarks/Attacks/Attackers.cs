using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary>Connections of one hostile caller, which has a loopback address of its own.</summary>
internal sealed class Attackers(Uri address) : IDisposable
{
    private static readonly IPAddress From = IPAddress.Parse("127.0.0.66");
    private readonly List<Socket> sockets = [];
    private readonly Lock gate = new();

    /// <summary>A request for vectors.</summary>
    public static byte[] Request(string json) => Encoding.UTF8.GetBytes(
        $"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    /// <summary>Opens a connection that stays open until the attack is over.</summary>
    public async Task<Socket> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        lock (gate)
        {
            sockets.Add(socket);
        }

        socket.Bind(new IPEndPoint(From, 0));
        await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        return socket;
    }

    /// <summary>Sends a request on a connection of its own, and reads the answer or not.</summary>
    public async Task AskAsync(ReadOnlyMemory<byte> request, bool isRead, CancellationToken cancellationToken)
    {
        try
        {
            var socket = await OpenAsync(cancellationToken);
            for (var rest = request; !rest.IsEmpty;)
            {
                rest = rest[await socket.SendAsync(rest, SocketFlags.None, cancellationToken)..];
            }

            var buffer = new byte[64 * 1024];
            while (isRead && await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, cancellationToken) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // It was refused.
        }
    }

    /// <summary>So many callers, each of whom asks again when it was answered.</summary>
    public Task RepeatAsync(int callers, Func<int, byte[]> request, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
    {
        for (var round = 0; !cancellationToken.IsCancellationRequested; round++)
        {
            await AskAsync(request(caller + (callers * round)), isRead: true, cancellationToken);
        }
    }));

    public void Dispose() => sockets.ForEach(socket => socket.Dispose());
}
