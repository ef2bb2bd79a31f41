using AkiDb.Bridge.FunctionalTests.Doubles;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>A model that is only on a model hub, which here is a server on this machine that speaks the real one's protocol.</summary>
public sealed class DownloadTests : IAsyncLifetime
{
    private const string Name = "akidb/tiny-bert-cls";
    private static readonly int[] Few = [0, 1, 2, 3];

    private readonly TemporaryFolder cache = new();
    private HubDouble hub = null!;

    public async ValueTask InitializeAsync() => hub = await HubDouble.StartAsync(Name, TestPaths.Model("tiny-bert-cls"));

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        cache.Dispose();
    }

    [Fact]
    public async Task Model_is_downloaded_where_that_is_allowed_and_served_from_the_cache_afterwards()
    {
        await using (var host = await BridgeHost.StartAsync(Settings(allowed: true)))
        {
            await host.Log.WaitForAsync("downloading it from the model hub");
            Reference.TinyBertCls.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        }

        await using var offline = await BridgeHost.StartAsync(Settings(allowed: false));
        Reference.TinyBertCls.Check((await offline.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
    }

    [Fact]
    public async Task Further_model_is_downloaded_while_the_default_one_is_served()
    {
        await using var host = await BridgeHost.StartAsync(Settings(allowed: true) with { Arguments = ["--provider", "onnx", "--set", $"Models:0:Model={Name}"] });
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        await host.Log.WaitForAsync($"The model {Name} was added");
        Reference.TinyBertCls.Check((await host.EmbedAsync(new { inputs = Reference.TextsAt(Few), model = Name })).Vectors, Few);
    }

    [Fact]
    public async Task Nothing_is_downloaded_unasked()
    {
        await using var process = BridgeProcess.Start("serve", Settings(allowed: false) with { Arguments = ["--port", "0", "--model", Name] });

        Assert.NotEqual(0, await process.WaitForExitAsync());
        Assert.Contains("AKIDB_MODELS_DOWNLOAD=1", process.Evidence(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(cache.Path));
    }

    private HostSettings Settings(bool allowed) => new("--model", Name)
    {
        Environment = new Dictionary<string, string?>
        {
            ["AKIDB_MODELS_DOWNLOAD"] = allowed ? "1" : null,
            ["HF_ENDPOINT"] = hub.Address,
            ["HF_HOME"] = cache.Path,
        },
    };
}
