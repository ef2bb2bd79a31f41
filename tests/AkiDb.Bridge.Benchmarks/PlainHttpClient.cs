using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>One connection and blocking calls, as a C program makes them: what the client itself costs is next to nothing.</summary>
internal sealed class PlainHttpClient : IDisposable
{
    private readonly Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly string host;
    private byte[] buffer = new byte[64 * 1024];

    public PlainHttpClient(Uri address)
    {
        host = address.Authority;
        socket.Connect(address.Host, address.Port);
    }

    /// <summary>Posts JSON, and reads the answer to its end.</summary>
    /// <returns>The answer's head; its body has been read, and not been looked at.</returns>
    /// <exception cref="InvalidOperationException">The answer is not 200, or says not where it ends.</exception>
    public string Post(string path, object json)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(json);
        socket.Send([.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"), .. body]);
        var (got, head) = (0, -1);
        while (head < 0)
        {
            got += Receive(got);
            head = buffer.AsSpan(0, got).IndexOf("\r\n\r\n"u8);
        }

        var answer = Encoding.ASCII.GetString(buffer, 0, head);
        var end = LengthOf(answer) is { } length ? head + 4 + length : int.MaxValue;
        while (end < int.MaxValue ? got < end : !buffer.AsSpan(0, got).EndsWith("\r\n0\r\n\r\n"u8))
        {
            got += Receive(got);
        }

        return answer;
    }

    public void Dispose() => socket.Dispose();

    private int Receive(int got)
    {
        if (got == buffer.Length)
        {
            Array.Resize(ref buffer, 2 * got);
        }

        return socket.Receive(buffer.AsSpan(got)) is > 0 and var count ? count : throw new InvalidOperationException("The server closed the connection.");
    }

    // Null for an answer in chunks.
    private static int? LengthOf(string head)
    {
        const string Name = "\r\nContent-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        var isChunked = head.Contains("\r\nTransfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        if ((at < 0 && !isChunked) || !head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The answer is not the one that was expected: {head}");
        }

        if (isChunked)
        {
            return null;
        }

        var number = head.AsSpan(at + Name.Length);
        return int.Parse(number.IndexOf('\r') is >= 0 and var end ? number[..end] : number, CultureInfo.InvariantCulture);
    }
}
