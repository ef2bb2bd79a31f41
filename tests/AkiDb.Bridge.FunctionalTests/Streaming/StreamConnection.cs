using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Streaming;

/// <summary>A client of the bulk stream that sends and reads when the test says so, on one HTTP/1.1 connection.</summary>
internal sealed class StreamConnection : IAsyncDisposable
{
    private readonly Socket socket;
    private readonly NetworkStream stream;
    private readonly Stream reading;
    private readonly MemoryStream unread = new();

    private StreamConnection(Socket socket) => (this.socket, stream, reading) = (socket, new NetworkStream(socket), new BufferedStream(new NetworkStream(socket), 64 * 1024));

    /// <summary>The answer's head, once it was read.</summary>
    public string Head { get; private set; } = "";

    public static async Task<StreamConnection> OpenAsync(BridgeHost host, string query = "", string type = "application/x-ndjson", params string[] headers)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var connection = new StreamConnection(socket);
        var more = string.Concat(headers.Select(header => header + "\r\n"));
        await connection.stream.WriteAsync(Encoding.UTF8.GetBytes(
            $"POST /api/v1/embed/stream{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n{more}\r\n"));
        return connection;
    }

    public Task SendLineAsync(string line) => SendAsync(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>Sends a piece of the body.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> body)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(body.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), TestContext.Current.CancellationToken);
        await stream.WriteAsync(body, TestContext.Current.CancellationToken);
        await stream.WriteAsync("\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
    }

    /// <summary>Ends the body.</summary>
    public async Task EndAsync() => await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

    /// <summary>Sends nothing more, and goes on reading.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    /// <summary>Tears the connection down.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>The next line of the answer; null behind the last one.</summary>
    public async Task<JsonElement?> ReadLineAsync()
    {
        while (true)
        {
            var buffer = unread.GetBuffer().AsMemory(0, (int)unread.Length);
            var end = buffer.Span.IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = JsonElement.Parse(buffer[..end].Span);
                Consume(end + 1);
                return line;
            }

            if (!await ReadChunkAsync())
            {
                Assert.True(buffer.IsEmpty, "The last line of the answer has no end.");
                return null;
            }
        }
    }

    /// <summary>All that is left of the answer.</summary>
    public async Task<byte[]> ReadRestAsync()
    {
        while (await ReadChunkAsync())
        {
        }

        return unread.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await reading.DisposeAsync();
        await stream.DisposeAsync();
        socket.Dispose();
        await unread.DisposeAsync();
    }

    private void Consume(int count)
    {
        var rest = unread.ToArray().AsSpan(count);
        unread.SetLength(0);
        unread.Write(rest);
    }

    private async Task<bool> ReadChunkAsync()
    {
        if (Head.Length == 0)
        {
            await ReadHeadAsync();
        }

        var size = int.Parse(await ReadTextLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (size == 0)
        {
            return false;
        }

        var chunk = new byte[size + 2];
        await reading.ReadExactlyAsync(chunk, TestContext.Current.CancellationToken);
        unread.Write(chunk, 0, size);
        return true;
    }

    private async Task ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (await ReadTextLineAsync() is { Length: > 0 } line)
        {
            head.AppendLine(line);
        }

        Head = head.ToString();
        Assert.StartsWith("HTTP/1.1 200", Head, StringComparison.Ordinal);
    }

    private async Task<string> ReadTextLineAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (true)
        {
            await reading.ReadExactlyAsync(one, TestContext.Current.CancellationToken);
            if (one[0] == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)one[0]);
        }
    }
}
