using System.Text.Json;
using System.Xml.Linq;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>akidb-bridge bench</c>, against a bridge of its own and against one that runs.</summary>
public sealed class BenchCommandTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder folder = new();

    private string Plot => Path.Combine(folder.Path, "load.svg");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Bridge_of_its_own_is_measured_and_drawn()
    {
        var result = await BenchAsync("--provider", "onnx");

        AssertMeasured(result);
        Assert.Equal("svg", XElement.Load(Plot).Name.LocalName);
    }

    [Fact]
    public async Task Running_bridge_is_measured_with_its_key()
    {
        var key = Path.Combine(folder.Path, "key");
        await File.WriteAllTextAsync(key, "a-secret-key\n", TestContext.Current.CancellationToken);
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:ApiKeys:0=a-secret-key"));

        var result = await BenchAsync("--url", host.Client.BaseAddress!.ToString(), "--key-file", key);

        AssertMeasured(result);
        Assert.StartsWith(host.Client.BaseAddress!.ToString(), result.GetProperty("target").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bridge_that_asks_for_a_key_is_not_said_to_be_silent()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:ApiKeys:0=a-secret-key"));
        await using var process = BridgeProcess.Start("bench", new HostSettings("--url", host.Client.BaseAddress!.ToString()));

        Assert.Equal(78, await process.WaitForExitAsync());
        Assert.Contains("refuses (unauthorized). A key is given with --key-file.", process.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bridge_that_is_not_there_is_said_so()
    {
        await using var process = BridgeProcess.Start("bench", new HostSettings("--url", "http://127.0.0.1:9"));

        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.Contains("does not answer: no_connection", process.Evidence(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plot_that_cannot_be_written_is_refused_before_anything_is_measured()
    {
        await using var process = BridgeProcess.Start("bench", new HostSettings("--provider", "mock", "--plot", folder.Path));

        Assert.Equal(78, await process.WaitForExitAsync());
        Assert.Contains($"--plot {folder.Path} cannot be written", process.Errors.Tail(), StringComparison.Ordinal);
        Assert.Empty(process.Output.Lines);
    }

    [Fact]
    public async Task Measurement_that_is_interrupted_before_there_is_a_load_leaves_no_file()
    {
        Signals.RequireHeeded(Signals.Interrupt);
        await using var process = BridgeProcess.Start("bench", new HostSettings("--provider", "mock", "--stage", "2s", "--plot", Plot));
        await Eventually.TrueAsync(() => process.Output.Contains("one text"), "the first measurement is there", process.Evidence);

        Signals.Send(process.Pid, Signals.Interrupt);

        Assert.Equal(130, await process.WaitForExitAsync());
        Assert.False(File.Exists(Plot));
    }

    private static void AssertMeasured(JsonElement result)
    {
        Assert.True(result.GetProperty("one_text_p50").GetDouble() > 0);
        Assert.True(result.GetProperty("one_text_p99").GetDouble() >= result.GetProperty("one_text_p50").GetDouble());
        Assert.True(result.GetProperty("texts_per_second").GetDouble() > 0);
        var load = result.GetProperty("load").EnumerateArray().ToList();
        Assert.NotEmpty(load);
        Assert.All(load.SkipLast(1), stage => Assert.True(stage.GetProperty("answered").GetDouble() > 0 && stage.GetProperty("p99").GetDouble() >= stage.GetProperty("p50").GetDouble()));
    }

    private async Task<JsonElement> BenchAsync(params string[] arguments)
    {
        await using var process = BridgeProcess.Start("bench", new HostSettings(["--stage", "300ms", "--json", "--plot", Plot, .. arguments]));
        Assert.True(await process.WaitForExitAsync(Patience) == 0, process.Evidence());
        return JsonElement.Parse(string.Join('\n', process.Output.Lines));
    }
}
