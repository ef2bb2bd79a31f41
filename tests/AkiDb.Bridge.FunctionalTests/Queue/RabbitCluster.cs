using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Hosting;
using RabbitMQ.Client;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>RabbitMQ brokers of the test's own, on loopback and with folders of their own: what is installed here is left alone.</summary>
internal sealed class RabbitCluster : IAsyncDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private const int MostTries = 5;

    private static readonly string[] InUse = ["eaddrinuse", "already in use", "in use by another"];

    private readonly TemporaryFolder folder = new();
    private readonly int[] ports;
    private readonly BridgeProcess?[] nodes;
    private int namesPort;
    private BridgeProcess? names;

    private readonly string[] settings;
    private readonly TestCertificate? certificate;
    private readonly TestCertificate? issuer;

    private RabbitCluster(int count, string[] settings, TestCertificate? certificate = null, TestCertificate? issuer = null)
    {
        (this.settings, this.certificate, this.issuer) = (settings, certificate, issuer);
        ports = [.. Enumerable.Range(0, count).Select(_ => FreePort.Any())];
        nodes = new BridgeProcess?[count];
    }

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Missing { get; } = File.Exists(Server) ? null : "rabbitmq-server is not installed (Debian's package of that name).";

    public int Count => nodes.Length;

    /// <summary>The nodes, as <c>--amqp</c> takes them.</summary>
    public string Uri => string.Join(';', ports.Select(port => $"{(certificate is null ? "amqp" : "amqps")}://guest@127.0.0.1:{port}"));

    /// <summary>A node's port.</summary>
    public int PortOf(int node) => ports[node];

    /// <summary>Starts the nodes, which find each other.</summary>
    /// <param name="count">How many.</param>
    /// <param name="settings">Lines of their configuration.</param>
    public static Task<RabbitCluster> StartAsync(int count = 1, params string[] settings) => StartAsync(new RabbitCluster(count, settings));

    /// <summary>Starts one that speaks TLS only.</summary>
    /// <param name="certificate">What it shows.</param>
    /// <param name="issuer">Who has signed that; sent along.</param>
    public static Task<RabbitCluster> StartWithTlsAsync(TestCertificate certificate, TestCertificate issuer) => StartAsync(new RabbitCluster(1, [], certificate, issuer));

    private static async Task<RabbitCluster> StartAsync(RabbitCluster cluster)
    {
        try
        {
            await cluster.StartNamesAsync();
            await Task.WhenAll(Enumerable.Range(0, cluster.Count).Select(cluster.StartFirstAsync));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a node again, and waits until it takes connections.</summary>
    public async Task StartNodeAsync(int node)
    {
        for (var left = MostTries; !await TryStartAsync(node, mayFail: left > 1); left--)
        {
            await KillNodeAsync(node);
        }
    }

    // Nobody knows its port yet.
    private async Task StartFirstAsync(int node)
    {
        for (var left = MostTries; !await TryStartAsync(node, mayFail: left > 1); left--)
        {
            await KillNodeAsync(node);
            ports[node] = FreePort.Any();
        }
    }

    // Erlang would leave one running.
    private async Task StartNamesAsync()
    {
        for (var left = MostTries; ; left--)
        {
            namesPort = FreePort.Any();
            var process = names = BridgeProcess.Start("-port", new HostSettings($"{namesPort}", "-address", "127.0.0.1") { Program = "epmd" });
            await Eventually.TrueAsync(() => process.HasExited || FreePort.ListenedOnBy(process.Pid) is not null, "Erlang's names are served", process.Evidence);
            if (!process.HasExited)
            {
                return;
            }

            Assert.True(left > 1, process.Evidence());
            await process.DisposeAsync();
        }
    }

    // False where somebody else had taken a port since it was seen to be free.
    private async Task<bool> TryStartAsync(int node, bool mayFail)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder.Path, $"{node}")).FullName;
        var configuration = new List<string>(Listeners(home, ports[node]))
        {
            "vm_memory_high_watermark.absolute = 1GB",
            "disk_free_limit.absolute = 50MB",
            "log.console.level = warning",
        };
        configuration.AddRange(settings);
        if (Count > 1)
        {
            configuration.Add("cluster_formation.peer_discovery_backend = classic_config");
            configuration.AddRange(Enumerable.Range(0, Count).Select(peer => $"cluster_formation.classic_config.nodes.{peer + 1} = {NameOf(peer)}"));
        }

        await File.WriteAllLinesAsync(Path.Combine(home, "rabbitmq.conf"), configuration);
        await File.WriteAllTextAsync(Path.Combine(home, "plugins"), "[].");
        await File.WriteAllTextAsync(Path.Combine(home, "none"), "");
        var process = BridgeProcess.Start("-c", new HostSettings($"exec {Server}")
        {
            Program = "/bin/sh",
            Environment = new Dictionary<string, string?>
            {
                ["HOME"] = folder.Path,
                ["ERL_EPMD_PORT"] = namesPort.ToString(CultureInfo.InvariantCulture),
                ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
                ["RABBITMQ_NODENAME"] = NameOf(node),
                ["RABBITMQ_MNESIA_BASE"] = Path.Combine(home, "data"),
                ["RABBITMQ_LOGS"] = "-",
                ["RABBITMQ_CONFIG_FILE"] = Path.Combine(home, "rabbitmq"),
                ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(home, "none"),
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(home, "plugins"),
                ["RABBITMQ_PID_FILE"] = Path.Combine(home, "pid"),
                ["RABBITMQ_DIST_PORT"] = FreePort.Any().ToString(CultureInfo.InvariantCulture),
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
            },
        });
        nodes[node] = process;
        await Eventually.TrueAsync(() => process.HasExited || process.Output.Contains("completed with"), "the broker starts", process.Evidence, TimeSpan.FromMinutes(4));
        if (process.HasExited && mayFail && InUse.Any(text => process.Output.Contains(text) || process.Errors.Contains(text)))
        {
            return false;
        }

        Assert.False(process.HasExited, process.Evidence());
        return true;
    }

    private string[] Listeners(string home, int port)
    {
        if (certificate is null)
        {
            return [$"listeners.tcp.default = 127.0.0.1:{port}"];
        }

        var (shown, key, between) = (Path.Combine(home, "broker.crt"), Path.Combine(home, "broker.key"), Path.Combine(home, "between.crt"));
        File.WriteAllText(shown, certificate.Pem);
        File.WriteAllText(between, issuer!.Pem);
        File.WriteAllText(key, certificate.KeyPem);
        return ["listeners.tcp = none", $"listeners.ssl.default = 127.0.0.1:{port}", $"ssl_options.certfile = {shown}", $"ssl_options.keyfile = {key}", $"ssl_options.cacertfile = {between}"];
    }

    /// <summary>Kills a node, as a machine that fails.</summary>
    public async Task KillNodeAsync(int node)
    {
        if (nodes[node] is { } process)
        {
            nodes[node] = null;
            await EndAsync(process);
        }
    }

    /// <summary>A connection of the test's own, to a node.</summary>
    public Task<IConnection> ConnectAsync(int node = 0) =>
        new ConnectionFactory { Uri = new Uri($"amqp://guest:guest@127.0.0.1:{ports[node]}"), AutomaticRecoveryEnabled = false }.CreateConnectionAsync(TestContext.Current.CancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (var node = 0; node < Count; node++)
        {
            await KillNodeAsync(node);
        }

        if (names is not null)
        {
            await EndAsync(names);
        }

        folder.Dispose();
    }

    private static string NameOf(int node) => $"akidb{node}@localhost";

    private static async Task EndAsync(BridgeProcess process)
    {
        foreach (var pid in process.Family())
        {
            Signals.Send(pid, Signals.Kill);
        }

        await process.DisposeAsync();
    }
}
