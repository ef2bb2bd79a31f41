using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A TCP connection that sends what it likes, as far as it likes.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawConnection()
    {
    }

    /// <summary>Connects to a host on a loopback address.</summary>
    /// <param name="host">The host.</param>
    /// <param name="from">The address that it comes from; each is another caller.</param>
    public static async Task<RawConnection> OpenAsync(BridgeHost host, string from = "127.0.0.1")
    {
        var connection = new RawConnection();
        connection.socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await connection.socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        return connection;
    }

    /// <summary>One request on a connection of its own, and its answer.</summary>
    public static async Task<RawAnswer> AskAsync(BridgeHost host, string head, string body = "")
    {
        using var connection = await OpenAsync(host);
        await connection.SendAsync(RequestOf(head, body));
        return await connection.ReadAsync();
    }

    /// <summary>A request with the length of its body, behind which the connection ends.</summary>
    /// <param name="head">The request line and more header lines.</param>
    /// <param name="body">The body.</param>
    public static string RequestOf(string head, string body = "")
    {
        var name = head.Contains("\nHost:", StringComparison.Ordinal) ? "" : "Host: localhost\r\n";
        return $"{head.ReplaceLineEndings("\r\n")}\r\n{name}Connection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, TestContext.Current.CancellationToken)..];
        }
    }

    /// <summary>Reads what comes next.</summary>
    public async Task<string> ReadSomeAsync()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, TestContext.Current.CancellationToken));
    }

    /// <summary>Sends nothing more, and goes on reading.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Tears the connection down without a goodbye.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Reads until the host closes the connection.</summary>
    public async Task<RawAnswer> ReadAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Eventually.Patience);
        using var answer = new MemoryStream();
        var buffer = new byte[64 * 1024];
        var wasReset = false;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, limit.Token) is > 0 and var count)
            {
                answer.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            wasReset = true;
        }

        return RawAnswer.Parse(Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length), wasReset);
    }

    public void Dispose() => socket.Dispose();
}
