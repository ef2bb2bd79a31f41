using AkiDb.Bridge.FunctionalTests.Hosting;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Fleet;

/// <summary>Machines on one: a network namespace for the balancer, in the middle, and one for each host, with a cable to it.</summary>
internal sealed class FleetNetwork : IAsyncDisposable
{
    // What a cut cable's packets are sent to: nobody has this address.
    private const string NobodysAddress = "02:00:00:00:00:01";

    private readonly string name = $"ak{Random.Shared.Next(0x10000):x4}";

    // The range for tests between networks (RFC 2544).
    private readonly string net = $"198.18.{Random.Shared.Next(256)}";
    private readonly TemporaryFolder folder = new();
    private readonly int hosts;

    private FleetNetwork(int hosts) => this.hosts = hosts;

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Missing { get; } =
        !Environment.IsPrivilegedProcess ? "Only root can make network namespaces." : !File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") ? "ip is not installed (Debian's package iproute2)." : null;

    /// <summary>Where the balancer is, for callers outside.</summary>
    public string BalancerAddress => $"{net}.2";

    /// <summary>The networks that requests of the balancer come from.</summary>
    public string Network => $"{net}.0/24";

    /// <summary>Where a host is, for the balancer.</summary>
    public string AddressOf(int host) => $"{net}.{(4 * host) + 2}";

    /// <summary>Lays the cables: 0 is between the callers and the balancer, the others between it and each host.</summary>
    public static async Task<FleetNetwork> CreateAsync(int hosts)
    {
        var network = new FleetNetwork(hosts);
        try
        {
            await network.LayAsync();
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>A program that runs in the balancer's namespace, where the hosts have names.</summary>
    public HostSettings InBalancer(params string[] command) => Inside($"{name}b", "unshare", ["-m", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", HostsFile, .. command]);

    /// <summary>A program that runs in a host's namespace.</summary>
    public HostSettings InHost(int host, params string[] command) => Inside(NameOf(host), command[0], command[1..]);

    /// <summary>From now on nothing that the two send arrives, and neither is told.</summary>
    public async Task CutAsync(int host)
    {
        await IpAsync("-n", $"{name}b", "neigh", "replace", AddressOf(host), "lladdr", NobodysAddress, "nud", "permanent", "dev", $"{name}-{host}");
        await IpAsync("-n", NameOf(host), "neigh", "replace", $"{net}.{(4 * host) + 1}", "lladdr", NobodysAddress, "nud", "permanent", "dev", "up0");
    }

    /// <summary>Undoes <see cref="CutAsync"/>.</summary>
    public async Task HealAsync(int host)
    {
        await IpAsync("-n", $"{name}b", "neigh", "del", AddressOf(host), "dev", $"{name}-{host}");
        await IpAsync("-n", NameOf(host), "neigh", "del", $"{net}.{(4 * host) + 1}", "dev", "up0");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var space in Enumerable.Range(1, hosts).Select(NameOf).Append($"{name}b"))
        {
            await Cli.Wrap("ip").WithArguments(["netns", "del", space]).WithValidation(CommandResultValidation.None).ExecuteAsync();
        }

        folder.Dispose();
    }

    private string HostsFile => Path.Combine(folder.Path, "hosts");

    private string NameOf(int host) => $"{name}h{host}";

    private static HostSettings Inside(string space, string program, IEnumerable<string> arguments) => new(["exec", space, program, .. arguments]) { Program = "ip" };

    private async Task LayAsync()
    {
        await File.WriteAllLinesAsync(HostsFile, Enumerable.Range(1, hosts).Select(host => $"{AddressOf(host)} bridge-{host}").Prepend("127.0.0.1 localhost"));
        await IpAsync("netns", "add", $"{name}b");
        await IpAsync("-n", $"{name}b", "link", "set", "lo", "up");
        await IpAsync("link", "add", $"{name}-0", "type", "veth", "peer", "name", "up0", "netns", $"{name}b");
        await IpAsync("addr", "add", $"{net}.1/30", "dev", $"{name}-0");
        await IpAsync("link", "set", $"{name}-0", "up");
        await IpAsync("-n", $"{name}b", "addr", "add", $"{net}.2/30", "dev", "up0");
        await IpAsync("-n", $"{name}b", "link", "set", "up0", "up");

        // Past the balancer, to compare.
        await IpAsync("netns", "exec", $"{name}b", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        await IpAsync("route", "add", Network, "via", BalancerAddress);
        for (var host = 1; host <= hosts; host++)
        {
            await IpAsync("netns", "add", NameOf(host));
            await IpAsync("-n", NameOf(host), "link", "set", "lo", "up");
            await IpAsync("-n", $"{name}b", "link", "add", $"{name}-{host}", "type", "veth", "peer", "name", "up0", "netns", NameOf(host));
            await IpAsync("-n", $"{name}b", "addr", "add", $"{net}.{(4 * host) + 1}/30", "dev", $"{name}-{host}");
            await IpAsync("-n", $"{name}b", "link", "set", $"{name}-{host}", "up");
            await IpAsync("-n", NameOf(host), "addr", "add", $"{AddressOf(host)}/30", "dev", "up0");
            await IpAsync("-n", NameOf(host), "link", "set", "up0", "up");
            await IpAsync("-n", NameOf(host), "route", "add", "default", "via", $"{net}.{(4 * host) + 1}");
        }
    }

    private static async Task IpAsync(params string[] arguments)
    {
        var result = await Cli.Wrap("ip").WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        Assert.True(result.ExitCode == 0, $"ip {string.Join(' ', arguments)}: {result.StandardError}");
    }
}
