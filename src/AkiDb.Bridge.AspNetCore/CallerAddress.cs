using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Who asks, as far as an address tells.</summary>
internal static class CallerAddress
{
    private const int NetworkBytes = 8;

    // The last one is where the framework keeps the address of a proxy that is trusted.
    private static readonly string[] ForwardingHeaders = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via", "X-Original-For"];

    /// <summary>The caller's name in accounts.</summary>
    public static string Of(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? NetworkOf(address).ToString() : "local";

    /// <summary>What counts as one caller. Of an IPv6 address only the network counts: whoever has one address has all of it.</summary>
    public static IPAddress NetworkOf(IPAddress address)
    {
        address = Unmapped(address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }

    /// <summary>Whether the request was sent to an address that only this machine reaches.</summary>
    public static bool IsSentToLoopback(HttpContext context) => context.Connection.LocalIpAddress is { } local && IPAddress.IsLoopback(Unmapped(local));

    /// <summary>Whether who asks is on this machine. A proxy here asks for somebody who may be anywhere, also where it is not trusted to say for whom.</summary>
    public static bool IsOnThisMachine(HttpContext context) =>
        (context.Connection.RemoteIpAddress is not { } address || IPAddress.IsLoopback(Unmapped(address))) && !ForwardingHeaders.Any(context.Request.Headers.ContainsKey);

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
