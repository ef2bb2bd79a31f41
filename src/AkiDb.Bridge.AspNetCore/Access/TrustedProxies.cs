using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace AkiDb.Bridge.AspNetCore.Access;

/// <summary>The proxies that are believed when they say for whom they ask.</summary>
internal sealed class TrustedProxies
{
    private readonly List<IPNetwork> networks = [];

    /// <param name="option">Addresses and networks, separated by semicolons.</param>
    public TrustedProxies(string option)
    {
        foreach (var text in OptionLists.Of(option))
        {
            if (TryParse(text, out var network))
            {
                networks.Add(network);
            }
        }
    }

    /// <summary>Whether nobody is trusted.</summary>
    public bool IsEmpty => networks.Count == 0;

    /// <summary>The framework's own reader of <c>X-Forwarded-For</c>: from right to left, as long as it was written by somebody who is trusted.</summary>
    public ForwardedHeadersOptions Headers
    {
        get
        {
            var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            networks.ForEach(options.KnownIPNetworks.Add);
            return options;
        }
    }

    /// <summary>Reads an address or a network.</summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }

    /// <summary>Whether somebody is trusted.</summary>
    public bool Has(EndPoint? peer) =>
        peer is IPEndPoint { Address: var address } && networks.Any(network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));
}
