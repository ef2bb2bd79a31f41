namespace AkiDb.Bridge.Http;

/// <summary>Where the HTTP server listens, and what it takes.</summary>
public sealed class HttpOptions
{
    /// <summary>The address: an IP address or <c>localhost</c>. Default <c>127.0.0.1</c>. Also <c>AKIDB_HOST</c>.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one. Default 8080. Also <c>AKIDB_REST_PORT</c>.</summary>
    public int Port { get; set; } = 8080;

    /// <summary>Bytes of one request's body. Default 32 MiB.</summary>
    public long MaxBodyBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Open connections. Default 1,000.</summary>
    public long MaxConnections { get; set; } = 1_000;
}
