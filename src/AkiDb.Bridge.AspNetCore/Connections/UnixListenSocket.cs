using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.AspNetCore.Connections;

/// <summary>A Unix socket that is listened on: made before anybody can connect, with a file of the right permissions, which goes with it.</summary>
internal static class UnixListenSocket
{
    // As long as every system allows.
    private const int LongestPath = 103;

    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Whether a path can be that of a socket; the empty one means none.</summary>
    public static bool IsPossible(string path) => path.Length == 0 || (Path.IsPathFullyQualified(path) && !path.Contains('\0') && Encoding.UTF8.GetByteCount(path) <= LongestPath);

    /// <summary>Binds a socket; nobody can connect before it listens. Its file is removed when it is closed.</summary>
    /// <exception cref="OptionsValidationException">The path is that of a file that is no socket.</exception>
    /// <exception cref="AddressInUseException">Another program listens on it.</exception>
    public static Socket Bind(string path)
    {
        RemoveStale(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerAndGroup);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A process that was killed leaves the file behind.
    private static void RemoveStale(string path)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        if (!IsSocket(path))
        {
            throw new OptionsValidationException(
                nameof(HttpOptions), typeof(HttpOptions), [$"Bridge:Http:UnixSocket is '{path}', which is there and no socket. Name another path, or remove it."]);
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new AddressInUseException($"Another program listens on '{path}'.");
    }

    // A socket is the one kind of file that can neither be opened nor is a folder, whoever asks; what may not be opened is left alone as well.
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = Models.RegularFile.Open(path);
            return false;
        }
        catch (IOException error) when (error.Message.Contains("No such device or address", StringComparison.Ordinal))
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
