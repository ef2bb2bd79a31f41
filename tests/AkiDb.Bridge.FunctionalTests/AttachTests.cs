using System.Text.Json.Nodes;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge stdio --attach</c>: several programs share one bridge.</summary>
public sealed class AttachTests
{
    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Programs_share_one_bridge_over_a_Unix_socket_and_the_socket_goes_with_it()
    {
        using var folder = new TemporaryFolder();
        var socket = Path.Combine(folder.Path, "bridge.sock");
        await using (var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--unix-socket", socket)))
        {
            await SocketAsync(socket, host);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(socket));
            var drivers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Attach($"unix:{socket}").WarmUpAsync()));
            foreach (var driver in drivers)
            {
                Reference.MiniLM.Check(await driver.EmbedAsync(AkiDbDriver.MiniLM, Reference.TextsAt(Few)), Few);
                Assert.Equal([driver.Process.Pid], driver.Process.Family());
                Assert.Equal("error", (await driver.LoadAsync("another")).GetProperty("status").GetString());
                Assert.Empty(await driver.EndAsync());
                await driver.DisposeAsync();
            }
        }

        Assert.False(File.Exists(socket));
    }

    [Fact]
    public async Task Variable_attaches_a_program_that_is_started_with_a_script_only()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx"));
        await using var driver = await AkiDbDriver.Start(new Dictionary<string, string?> { ["AKIDB_BRIDGE_ATTACH"] = host.Client.BaseAddress!.ToString() }).WarmUpAsync();
        var pooled = AkiDbDriver.Vectors(await driver.CallAsync("embed_batch", AkiDbDriver.Batch(AkiDbDriver.MiniLM, ["a text"], normalize: false))).Single();
        Assert.Equal((await host.EmbedAsync(new { inputs = new[] { "a text" }, normalize = false })).Vectors.Single(), pooled);
        Assert.Equal("error", (await driver.CallAsync("embed_batch", AkiDbDriver.Batch(AkiDbDriver.MiniLM, []))).GetProperty("status").GetString());
        Assert.Equal("error", (await driver.CallAsync("embed_batch", AkiDbDriver.Batch("another", ["a text"]))).GetProperty("status").GetString());
        Assert.Empty(await driver.EndAsync());
    }

    [Fact]
    public async Task Proxy_of_the_network_is_not_asked_for_this_machine()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var proxy = new Dictionary<string, string?> { ["http_proxy"] = "http://127.0.0.1:1", ["HTTP_PROXY"] = "http://127.0.0.1:1", ["NO_PROXY"] = null, ["no_proxy"] = null };
        await using var driver = AkiDbDriver.Start(proxy, arguments: ["--attach", host.Client.BaseAddress!.ToString()]);
        Assert.Equal("ok", (await driver.LoadAsync(AkiDbDriver.MiniLM)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Key_is_taken_from_its_file_and_without_it_nothing_is_loaded()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "key");
        await File.WriteAllTextAsync(file, "a-secret\n", Token);
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--set", "Http:ApiKeys:0=a-secret"));
        var address = host.Client.BaseAddress!.ToString();
        await using var driver = await Attach(address, "--key-file", file).WarmUpAsync();
        await using var stranger = Attach(address);
        var refused = await stranger.LoadAsync(AkiDbDriver.MiniLM);
        Assert.Equal("error", refused.GetProperty("status").GetString());
        Assert.Contains("key", refused.GetProperty("message").GetString()!, StringComparison.Ordinal);
        Assert.Equal("ok", (await stranger.CallAsync("ping", new JsonObject())).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Service_with_TLS_is_relayed_to_where_its_certificate_is_trusted()
    {
        using var folder = new TemporaryFolder();
        using var certificate = new TestCertificate("CN=localhost");
        await using var host = await BridgeHost.StartAsync(new HostSettings(["--provider", "onnx", .. certificate.WriteTo(folder)]));
        var address = $"https://localhost:{host.Client.BaseAddress!.Port}";
        var trusting = new Dictionary<string, string?> { ["SSL_CERT_FILE"] = Path.Combine(folder.Path, "tls.crt") };
        await using var driver = await AkiDbDriver.Start(trusting, arguments: ["--attach", address]).WarmUpAsync();
        Reference.MiniLM.Check(await driver.EmbedAsync(AkiDbDriver.MiniLM, Reference.TextsAt(Few)), Few);

        // It is said at once, as waiting would not help.
        await using var stranger = Attach(address);
        var refused = await stranger.LoadAsync(AkiDbDriver.MiniLM);
        Assert.Equal("error", refused.GetProperty("status").GetString());
        Assert.Contains("cannot be reached", refused.GetProperty("message").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_during_a_restart_of_the_bridge_waits_and_is_answered()
    {
        using var folder = new TemporaryFolder();
        var socket = Path.Combine(folder.Path, "bridge.sock");
        var settings = new HostSettings("--provider", "onnx", "--unix-socket", socket);
        await using var driver = Attach($"unix:{socket}");
        var loading = driver.WarmUpAsync();
        await driver.Process.Errors.WaitForAsync("does not answer");
        for (var round = 0; round < 2; round++)
        {
            // The first one is killed, and leaves its socket behind.
            await using var host = await BridgeHost.StartAsync(settings);
            await loading;
            var asking = AskAsync(driver, 40);
            if (round == 0)
            {
                await host.KillAsync();
                await driver.Process.Errors.WaitForCountAsync("does not answer", 2);
                await using var next = await BridgeHost.StartAsync(settings);
                await asking;
            }
            else
            {
                await asking;
            }
        }

        Assert.Empty(await driver.EndAsync());
    }

    [Fact]
    public async Task Vectors_of_another_space_under_the_same_name_are_an_error_line()
    {
        using var folder = new TemporaryFolder();
        var socket = Path.Combine(folder.Path, "bridge.sock");
        var models = Directory.CreateDirectory(Path.Combine(folder.Path, "models")).FullName;
        var model = Path.Combine(models, "m");
        await using var driver = Attach($"unix:{socket}");
        await using (await StartAsync("tiny-bert-cls"))
        {
            Assert.Equal("ok", (await driver.LoadAsync("m")).GetProperty("status").GetString());
            Assert.Single(await driver.EmbedAsync("m", "a text"));
        }

        await using (await StartAsync("tiny-roberta"))
        {
            var answer = await driver.CallAsync("embed_batch", AkiDbDriver.Batch("m", ["a text"]));
            Assert.Equal("error", answer.GetProperty("status").GetString());
            Assert.Contains("another space", answer.GetProperty("message").GetString()!, StringComparison.Ordinal);
        }

        async Task<BridgeHost> StartAsync(string folderOfModel)
        {
            File.Delete(model);
            File.CreateSymbolicLink(model, TestPaths.Model(folderOfModel));
            return await BridgeHost.StartAsync(new HostSettings("--provider", "onnx", "--model", "m", "--unix-socket", socket) { Environment = new Dictionary<string, string?> { ["AKIDB_MODELS_PATH"] = models } });
        }
    }

    [Fact]
    public async Task Relay_takes_a_few_megabytes()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "onnx"));
        await using var driver = await Attach(host.Client.BaseAddress!.ToString()).WarmUpAsync();
        await AskAsync(driver, 200);
        var bytes = ProcessTable.PrivateBytes(driver.Process.Pid);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes / 1e6:F1} MB private, {ProcessTable.ResidentBytes(driver.Process.Pid) / 1e6:F1} MB resident");
        Assert.InRange(bytes, 1, Environment.GetEnvironmentVariable("AKIDB_TEST_PROGRAM") is null ? 80_000_000 : 24_000_000);
    }

    [Theory]
    [InlineData("no address")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("unix:")]
    [InlineData("unix:/a-socket-whose-path-has-more-than-the-one-hundred-and-three-bytes-that-every-system-allows-is-no-socket-at-all")]
    [InlineData("http://127.0.0.1:1", "--key-file", "/nonexistent")]
    public async Task Address_or_key_that_cannot_be_is_a_sentence_and_the_end(params string[] arguments)
    {
        await using var command = BridgeProcess.Start("stdio", new HostSettings(["--attach", .. arguments]));
        Assert.Equal(78, await command.WaitForExitAsync());
        Assert.Single(command.Errors.Lines);
    }

    [Fact]
    public async Task Socket_of_a_living_bridge_or_a_file_in_its_place_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        var (socket, file) = (Path.Combine(folder.Path, "bridge.sock"), Path.Combine(folder.Path, "file"));
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--unix-socket", socket));
        await SocketAsync(socket, host);
        await using var second = BridgeProcess.Start("serve", new HostSettings("--provider", "mock", "--port", "0", "--unix-socket", socket));
        Assert.Equal(69, await second.WaitForExitAsync());
        await using (var driver = Attach($"unix:{socket}"))
        {
            Assert.Equal("ok", (await driver.LoadAsync(AkiDbDriver.MiniLM)).GetProperty("status").GetString());
        }

        await File.WriteAllTextAsync(file, "kept", Token);
        await using var third = BridgeProcess.Start("serve", new HostSettings("--provider", "mock", "--port", "0", "--unix-socket", file));
        Assert.Equal(78, await third.WaitForExitAsync());
        Assert.Equal("kept", await File.ReadAllTextAsync(file, Token));
    }

    private static AkiDbDriver Attach(string url, params string[] more) => AkiDbDriver.Start(arguments: ["--attach", url, .. more]);

    private static Task SocketAsync(string socket, BridgeHost host) => Eventually.TrueAsync(() => File.Exists(socket), "the socket is there", host.Process.Evidence);

    private static async Task AskAsync(AkiDbDriver driver, int requests)
    {
        for (var request = 0; request < requests; request++)
        {
            Reference.MiniLM.Check(await driver.EmbedAsync(AkiDbDriver.MiniLM, Reference.Texts[request]), [request]);
        }
    }
}
