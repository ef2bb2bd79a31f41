using System.Net;
using System.Net.Sockets;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Where the web server listens, and what it puts up with.</summary>
internal sealed class KestrelSetup(Func<HttpOptions> options, Func<CertificateFiles> certificate) : IConfigureOptions<KestrelServerOptions>, IConfigureOptions<SocketTransportOptions>
{
    // So much of each body waits in the server before it is charged to its request.
    private const int BufferBytes = 64 * 1024;

    // Who is slower than this, after the grace, takes part in nothing but holding what others need.
    private const double BodyBytesPerSecond = 1024;
    private const double AnswerBytesPerSecond = 16 * 1024;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public void Configure(KestrelServerOptions kestrel)
    {
        var http = options();
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = http.MaxBodyBytes;
        kestrel.Limits.MaxRequestBufferSize = BufferBytes;
        kestrel.Limits.RequestHeadersTimeout = ConnectionTable.FirstRequestDue;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(BodyBytesPerSecond, Grace);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(AnswerBytesPerSecond, Grace);

        // The table of connections does not leave a newcomer without a word.
        kestrel.Limits.MaxConcurrentConnections = null;
        Listen(kestrel, http, http.Port, listen => SetUp(listen, http));
        if (http.GrpcPort is { } grpc)
        {
            Listen(kestrel, http, grpc, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                SetUp(listen, http);
            });
        }

        if (http.UnixSocket.Length > 0)
        {
            kestrel.ListenUnixSocket(http.UnixSocket);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, HttpOptions http, int port, Action<ListenOptions> setUp)
    {
        if (http.Host == "localhost")
        {
            kestrel.ListenLocalhost(port, setUp);
        }
        else
        {
            kestrel.Listen(IPAddress.Parse(http.Host), port, setUp);
        }
    }

    // A proxy says for whom it asks before anything is encrypted.
    private void SetUp(ListenOptions listen, HttpOptions http)
    {
        var proxies = new TrustedProxies(http.TrustedProxies);
        if (!proxies.IsEmpty)
        {
            listen.Use(next => ProxyConnections.Middleware(next, proxies));
        }

        if (http.CertificateFile.Length > 0)
        {
            var files = certificate();
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(files.Current),
                HandshakeTimeout = ConnectionTable.FirstRequestDue,
            });
        }
    }

    /// <inheritdoc/>
    public void Configure(SocketTransportOptions sockets)
    {
        // Nothing on a request's way keeps its thread for long: it may as well be the one that received it, and the one that answers.
        sockets.UnsafePreferInlineScheduling = true;
        sockets.MaxReadBufferSize = BufferBytes;
        sockets.CreateBoundListenSocket = endpoint =>
            endpoint is UnixDomainSocketEndPoint ? UnixListenSocket.Bind(options().UnixSocket) : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
    }
}
