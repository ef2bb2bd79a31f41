using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Fleet;

/// <summary>The balancers' configurations of <c>scripts/deploy</c>, as they are, before three real hosts.</summary>
public sealed class BalancerTests(ITestOutputHelper output)
{
    private const int Hosts = 3;
    private const int Callers = 64;
    private const int Port = 8000;

    private static TimeSpan Length => Environment.GetEnvironmentVariable("AKIDB_TEST_LONG") is { Length: > 0 } ? TimeSpan.FromSeconds(120) : TimeSpan.FromSeconds(30);

    private static int Seed => int.TryParse(Environment.GetEnvironmentVariable("AKIDB_TEST_SEED"), out var seed) ? seed : Random.Shared.Next();

    [Theory]
    [InlineData("haproxy", "-db", "-f", "haproxy.cfg")]
    [InlineData("nginx", "-g", "daemon off; pid nginx.pid; error_log stderr;", "-p", ".", "-c", "nginx.conf")]
    public async Task Fleet_whose_hosts_are_hurt_at_random_fails_nobody_and_is_never_wrong(string balancer, params string[] arguments)
    {
        Assert.SkipWhen(FleetNetwork.Missing is not null, FleetNetwork.Missing ?? "");
        Assert.SkipUnless(File.Exists($"/usr/sbin/{balancer}"), $"{balancer} is not installed (Debian's package of that name).");
        await using var network = await FleetNetwork.CreateAsync(Hosts);
        var hosts = Enumerable.Range(1, Hosts).Select(number => new FleetHost(network, number)).ToList();
        try
        {
            await Task.WhenAll(hosts.Select(host => host.StartAsync()));
            using var folder = new TemporaryFolder();
            await using var running = BridgeProcess.Start("netns", network.InBalancer(
                [$"/usr/sbin/{balancer}", .. arguments.Select(argument => ArgumentIn(argument, folder.Path))]));
            try
            {
                await StormAsync(network, hosts, running);
            }
            finally
            {
                // nginx is several processes, and only ends all of them when it is asked to.
                Signals.Send(running.Pid, Signals.Terminate);
                await running.WaitForExitAsync();
            }
        }
        finally
        {
            foreach (var host in hosts)
            {
                await host.DisposeAsync();
            }
        }
    }

    private async Task StormAsync(FleetNetwork network, IReadOnlyList<FleetHost> hosts, BridgeProcess balancer)
    {
        var address = new Uri($"http://{network.BalancerAddress}:{Port}");
        using var client = new HttpClient { BaseAddress = address };
        await Eventually.TrueAsync(async () => balancer.HasExited || await IsReadyAsync(client), "the balancer answers", balancer.Evidence);
        Assert.False(balancer.HasExited, balancer.Evidence());

        // The first run only warms up.
        await CalmAsync(address, Callers);
        var direct = await CalmAsync(new Uri($"http://{network.AddressOf(1)}:8080"), callers: 4);
        var balanced = await CalmAsync(address, callers: 4);

        var seed = Seed;
        using var stormy = new FleetCallers(address);
        var storm = new FleetStorm(hosts, seed);
        using var end = new CancellationTokenSource();
        var asking = stormy.RunAsync(Callers, end.Token);
        try
        {
            await storm.RunAsync(Length);
        }
        finally
        {
            await end.CancelAsync();
            await asking;
        }

        output.WriteLine($"Seed {seed}. {storm.Summary}. In calm: {direct}, straight to a host; {balanced}, by the balancer. In the storm: {stormy.Latency}.");
        Assert.True(stormy.Failures.IsEmpty, $"Seed {seed}, {storm.Summary}: {stormy.Failures.Count} failed. {string.Join(Environment.NewLine, stormy.Failures.Take(20))} {balancer.Evidence()}");
        Assert.Equal(0, stormy.Wrong);
        Assert.True(stormy.Answers > Callers, stormy.Latency);
    }

    private static async Task<string> CalmAsync(Uri address, int callers)
    {
        using var asking = new FleetCallers(address);
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await asking.RunAsync(callers, enough.Token);
        Assert.True(asking.Failures.IsEmpty, string.Join(Environment.NewLine, asking.Failures));
        Assert.Equal(0, asking.Wrong);
        return asking.Latency;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string ArgumentIn(string argument, string folder) => argument switch
    {
        "." => folder,
        "haproxy.cfg" or "nginx.conf" => Path.Combine(TestPaths.Repository, "scripts", "deploy", argument),
        _ => argument,
    };
}
