using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>Ports, for a host whose log cannot be read.</summary>
internal static class FreePort
{
    private const string Listening = "0A";

    /// <summary>One that nobody listens on.</summary>
    public static int Any()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The port that a process listens on; null as long as it does not.</summary>
    public static object? ListenedOnBy(int pid)
    {
        try
        {
            var sockets = Directory.GetFiles($"/proc/{pid}/fd").Select(fd => File.ResolveLinkTarget(fd, false)?.Name ?? "").ToHashSet();
            foreach (var line in File.ReadLines($"/proc/{pid}/net/tcp").Skip(1))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields[3] == Listening && sockets.Contains($"socket:[{fields[9]}]"))
                {
                    return int.Parse(fields[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended, or a descriptor was closed while we looked.
        }

        return null;
    }
}
