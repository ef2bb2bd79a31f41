namespace AkiDb.Bridge.AspNetCore;

/// <summary>Where the HTTP server listens, and what it takes.</summary>
public sealed class HttpOptions
{
    /// <summary>The address: an IP address or <c>localhost</c>. Default <c>127.0.0.1</c>. Also <c>AKIDB_HOST</c>.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one. Default 8080. Also <c>AKIDB_REST_PORT</c>.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>
    /// A Unix socket to listen on too, as the path of its file. Whoever may write to that file may ask: its owner and group. Default empty: none.
    /// </summary>
    public string UnixSocket { get; set; } = "";

    /// <summary>
    /// The port for gRPC, on the same address; 0 takes a free one. Without TLS it must be a loopback address. Default empty: no gRPC. Also <c>AKIDB_GRPC_PORT</c>.
    /// </summary>
    public int? GrpcPort { get; set; }

    /// <summary>Bytes of one request's body. Default 32 MiB.</summary>
    public long MaxBodyBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Open connections, fewer where the limit of file descriptors allows no more. Default 1,000. Beyond them, connections that ask for nothing are closed to
    /// make room, and a few more may ask how the host is.
    /// </summary>
    public long MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// How long the server goes on when the host is asked to stop: <c>/readyz</c> says 503 at once, and this is the time a load balancer has to see it before
    /// the server takes no more connections. Longer than the balancer takes to notice. Default 0, at most 10 minutes.
    /// </summary>
    public TimeSpan DrainDelay { get; set; }

    /// <summary>
    /// Names by which the server may be called (the header <c>Host</c>), separated by semicolons; <c>*</c> for any. Default: none but <see cref="Host"/>, and on a
    /// loopback address localhost and loopback addresses, elsewhere addresses and names without a dot. Web pages of these names may use it too.
    /// </summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>
    /// Whether <c>/v1/embeddings</c> takes token ids, as ids of the model's own vocabulary. Default false: most clients that send some mean another model's, and would get
    /// vectors of other texts. The routes of text-embeddings-inference always take them, as that server does.
    /// </summary>
    public bool AcceptTokenIds { get; set; }

    /// <summary>
    /// Web pages that may use the server and read its answers (CORS), as <c>https://app.example.com</c>, separated by semicolons; <c>*</c> for any. Default: none.
    /// </summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>The keys by which callers are let in. Default: none, which lets everybody in who reaches the server. Read again when the configuration is.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    /// <summary>Whether the server may listen on another than a loopback address without a key. Default false: it refuses to start.</summary>
    public bool AllowAnonymous { get; set; }

    /// <summary>
    /// Proxies, as addresses or networks (<c>10.0.0.0/8</c>), separated by semicolons: what they say in <c>X-Forwarded-For</c>, or by the PROXY protocol, is
    /// the caller's address. Default: none.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>The server's certificate for TLS, and behind it those that it is signed with: a PEM file, read again when it changes. Default empty: no TLS.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The certificate's key: a PEM file, read again when it changes. Default empty: it is in <see cref="CertificateFile"/>.</summary>
    public string CertificateKeyFile { get; set; } = "";

    /// <summary>Whether <c>GET /</c> is a page for whoever looks after the host. Default true. Where there are keys it asks for one with the scope <c>admin</c>.</summary>
    public bool StatusPage { get; set; } = true;

    /// <summary>Who signs the certificates that callers must have (mutual TLS): a PEM file, read again when it changes. Default empty: callers need none.</summary>
    public string ClientCaFile { get; set; } = "";
}
