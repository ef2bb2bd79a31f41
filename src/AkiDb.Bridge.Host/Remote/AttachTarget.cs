using AkiDb.Bridge.AspNetCore.Connections;

namespace AkiDb.Bridge.Host.Remote;

/// <summary>Which bridge is asked.</summary>
/// <param name="Address">Its address; only the path of its routes follows.</param>
/// <param name="Socket">The Unix socket that it listens on; null where it is reached over TCP.</param>
/// <param name="KeyFile">The file with the key that it asks for; null where it asks for none.</param>
internal sealed record AttachTarget(Uri Address, string? Socket, string? KeyFile)
{
    private const string SocketPrefix = "unix:";

    /// <summary>Reads what was given.</summary>
    /// <param name="name">The switch that it was given with.</param>
    /// <param name="url">Such as <c>http://127.0.0.1:8080</c> or <c>unix:/run/akidb-bridge.sock</c>.</param>
    /// <param name="keyFile">The file with the key; null for none.</param>
    /// <exception cref="NotAcceptedException">It is no such address, or the file cannot be read.</exception>
    public static AttachTarget Parse(string name, string url, string? keyFile)
    {
        _ = keyFile is null ? null : Remote.KeyFile.Expect(keyFile);
        return url.StartsWith(SocketPrefix, StringComparison.Ordinal) && url.Length > SocketPrefix.Length
            ? new AttachTarget(new Uri("http://localhost/"), SocketPath(name, Path.GetFullPath(url[SocketPrefix.Length..])), keyFile)
            : Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? new AttachTarget(address, null, keyFile)
                : throw new NotAcceptedException($"{name} {url} is no address such as http://127.0.0.1:8080 or unix:/run/akidb-bridge.sock.");
    }

    /// <summary>The key as it is now: files of keys are replaced while programs run.</summary>
    /// <returns>Null where no key is asked for.</returns>
    /// <exception cref="NotAcceptedException">The file holds no key.</exception>
    public string? ReadKey() => KeyFile is null ? null : Remote.KeyFile.Read(KeyFile);

    private static string SocketPath(string name, string path) => UnixListenSocket.IsPossible(path)
        ? path
        : throw new NotAcceptedException($"{name} unix:{path} is longer than a socket's path may be.");
}
