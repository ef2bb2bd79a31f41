using System.Net;
using System.Net.Sockets;

namespace AkiDb.Bridge.Chaos;

/// <summary>Whether a bridge's workers are processes of this machine: signals are sent to nobody else.</summary>
internal static class ChaosTarget
{
    /// <summary>The host process of the workers that a bridge names.</summary>
    /// <param name="address">Where the bridge answers.</param>
    /// <param name="status">What it says.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ChaosRefusedException">It has none that are ready and run here.</exception>
    public static async Task<int> FindHostAsync(Uri address, BridgeStatus status, CancellationToken cancellationToken)
    {
        // Another machine's process ids would be other processes here.
        if (!await IsThisMachineAsync(address.Host, cancellationToken))
        {
            throw new ChaosRefusedException($"{address.Host} is no address of this machine. Workers are found by their process ids: run chaos where the bridge runs.");
        }

        if (status.Workers.Count == 0)
        {
            throw new ChaosRefusedException("The bridge has no workers that anything could be done to: its provider is not python-bridge.");
        }

        if (!status.AllReady)
        {
            throw new ChaosRefusedException($"Not every worker is ready: {string.Join(", ", status.Workers.Select(worker => worker.State))}. See the bridge's log.");
        }

        int[] hosts = [.. status.Workers.Select(worker => WorkerFamily.Of(worker.Pid!.Value)?.Host ?? 0).Distinct()];
        return hosts is [> 0 and var host]
            ? host
            : throw new ChaosRefusedException(
                $"The process ids {string.Join(", ", status.Workers.Select(worker => worker.Pid))} are not the workers of one bridge on this machine. "
                + "Run chaos on the machine, and in the container, where the bridge runs.");
    }

    private static async Task<bool> IsThisMachineAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var address in await Dns.GetHostAddressesAsync(host, cancellationToken))
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(address, 0));
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
