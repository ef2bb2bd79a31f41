using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests.Queue;

/// <summary>A broker behind TLS, whose certificate an authority of the test's own has signed: through another one, whose certificate the broker sends along.</summary>
public sealed class BrokerTlsTests : IDisposable
{
    private const int Rows = 300;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task File_goes_through_a_broker_whose_authority_is_named_and_through_no_other()
    {
        Assert.SkipWhen(RabbitCluster.Missing is not null, RabbitCluster.Missing ?? "");
        using var authority = new TestCertificate("CN=authority");
        using var between = new TestCertificate("CN=between", authority, isAuthority: true);
        using var shown = new TestCertificate("CN=broker", between);
        using var stranger = new TestCertificate("CN=stranger");
        await using var cluster = await RabbitCluster.StartWithTlsAsync(shown, between);
        string[] broker = ["--amqp", cluster.Uri, "--amqp-password-file", Write("password", "guest"), "--amqp-ca-file"];
        string[] trusted = [.. broker, Write("authority.pem", authority.Pem)];
        var input = Write("texts.txt", string.Concat(Enumerable.Range(0, Rows).Select(row => $"text {row}\n")));

        await using (var fooled = await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", .. broker, Write("stranger.pem", stranger.Pem)]), "consume"))
        {
            await fooled.Log.WaitForAsync("certificate");
        }

        await using var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "mock", .. trusted]), "consume");
        await host.Log.WaitForAsync("Takes messages");
        await RunAsync(["submit", "-i", input, "--job", "first", .. trusted]);
        await RunAsync(["collect", "-i", input, "--job", "first", "-o", In("vectors.jsonl"), .. trusted]);
        Assert.Equal(Rows, (await File.ReadAllLinesAsync(In("vectors.jsonl"), TestContext.Current.CancellationToken)).Length);
    }

    private string In(string name) => Path.Combine(folder.Path, name);

    private string Write(string name, string content)
    {
        File.WriteAllText(In(name), content);
        return In(name);
    }

    private async Task RunAsync(params string[] command)
    {
        await using var run = BridgeProcess.Start(command[0], new HostSettings(command[1..]) { WorkingDirectory = folder.Path });
        Assert.True(await run.WaitForExitAsync() == 0, run.Evidence());
    }
}
