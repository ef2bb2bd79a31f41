using System.Net;
using System.Net.Sockets;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>How the host ends, and how it says that it cannot start.</summary>
public sealed class StartAndStopTests
{
    [Fact]
    public async Task Terminated_host_answers_what_is_in_flight_and_leaves_nothing_behind()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--fallback", "off"));
        var batches = Reference.MiniLM.All.Take(256).Chunk(64).ToList();
        var requests = batches.Select(batch => host.EmbedAsync(Reference.TextsAt(batch))).ToList();
        await await Task.WhenAny(requests);
        var stopped = host.StopAsync();
        var answers = await Task.WhenAll(requests);
        foreach (var (answer, batch) in answers.Zip(batches))
        {
            Reference.MiniLM.Check(answer.Vectors, batch);
        }

        Assert.Equal(0, await stopped);
    }

    [Fact]
    public async Task Terminated_host_that_is_still_starting_ends_at_once()
    {
        Python.Require();
        await using var host = await BridgeHost.StartAsync(new HostSettings());
        await host.ReadinessAsync(health => health.Worker.Pid is not null, "the worker process is there");
        Assert.Equal(0, await host.StopAsync(TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public async Task Killed_host_is_not_outlived_by_its_worker()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings());
        var worker = (await host.ReadinessAsync()).Worker.Pid!.Value;
        await host.KillAsync();
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(worker), "the worker is gone", () => ProcessTable.CommandLine(worker), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Port_in_use_is_said_with_the_way_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var host = BridgeProcess.Start("serve", new HostSettings("--port", $"{port}"));
        Assert.Equal(69, await host.WaitForExitAsync());
        Assert.Contains($"{port}", host.Errors.Tail(), StringComparison.Ordinal);
        Assert.Contains("Choose another port with --port or AKIDB_REST_PORT", host.Errors.Tail(), StringComparison.Ordinal);
        Assert.DoesNotContain(host.Output.Lines.Concat(host.Errors.Lines), line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_mistakes_of_the_configuration_are_in_one_message()
    {
        await using var host = BridgeProcess.Start("serve", new HostSettings(
            "--port", "99999", "--fallback", "perhaps", "--set", "Supervision:PingTimeout=5", "--set", "Wrong=1", "--set", "Onnx:Threads=many")
        { Environment = new Dictionary<string, string?> { ["AKIDB_BRIDGE__DISPATCH__TIMEOUT"] = "-1s" } });
        Assert.Equal(78, await host.WaitForExitAsync());
        var message = host.Errors.Tail();
        Assert.All(
            ["Bridge:Http:Port", "perhaps", "same-space", "PingTimeout", "Bridge:Wrong", "Bridge:Onnx:Threads", "Dispatch:Timeout"],
            mistake => Assert.Contains(mistake, message, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_with_a_port_is_refused_in_one_sentence()
    {
        await using var host = BridgeProcess.Start("serve", new HostSettings("--provider", "mock", "--host", "[::1]:9999", "--port", "0"));
        Assert.Equal(78, await host.WaitForExitAsync());
        Assert.Contains("Bridge:Http:Host is '[::1]:9999'", host.Errors.Tail(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_without_a_value_is_a_usage_error()
    {
        await using var host = BridgeProcess.Start("serve", new HostSettings("--set", "Worker:Threads"));
        Assert.Equal(2, await host.WaitForExitAsync());
        Assert.Contains("Key=Value", host.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_that_is_not_found_is_reported_with_every_place_that_was_looked_at()
    {
        await using var host = BridgeProcess.Start("serve", new HostSettings("--port", "0", "--model", "no/such-model")
        {
            Environment = new Dictionary<string, string?> { ["AKIDB_MODELS_PATH"] = "/first/place", ["HF_HUB_CACHE"] = "/second/place" },
        });
        Assert.Equal(78, await host.WaitForExitAsync());
        var message = host.Errors.Tail();
        Assert.All(["no/such-model", "/first/place", "/second/place", ".cache/akidb/models"], place => Assert.Contains(place, message, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pytorch_model.bin", "akidb-bridge models convert")]
    public async Task Pickled_weights_are_refused(string file, string sentence)
    {
        using var copy = new ModelFolderCopy("tiny-bert-cls");
        File.Move(Path.Combine(copy.Folder, "model.safetensors"), Path.Combine(copy.Folder, file));
        await using var host = BridgeProcess.Start("serve", new HostSettings("--port", "0", "--model", copy.Folder));
        Assert.Equal(78, await host.WaitForExitAsync());
        Assert.Contains(sentence, host.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Truncated_weights_are_reported_by_name()
    {
        using var copy = new ModelFolderCopy("tiny-bert-cased");
        copy.Truncate("model.safetensors", 100_000);
        await using var host = BridgeProcess.Start("serve", new HostSettings("--port", "0", "--model", copy.Folder, "--provider", "onnx"));
        Assert.Equal(78, await host.WaitForExitAsync());
        Assert.Contains("model.safetensors", host.Errors.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Model_folder_and_settings_may_come_from_the_environment()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings
        {
            Environment = new Dictionary<string, string?>
            {
                ["AKIDB_EMBEDDING_MODEL"] = TestPaths.Model("tiny-bert-cls"),
                ["AKIDB_EMBEDDING_PROVIDER"] = "onnx",
                ["AKIDB_BRIDGE__ADMISSION__MAXINPUTS"] = "2",
            },
        });
        Reference.TinyBertCls.Check((await host.EmbedAsync(Reference.TextsAt([0, 1]))).Vectors, [0, 1]);
        using var response = await host.PostAsync(new { inputs = new[] { "a", "b", "c" } });
        Assert.Equal(413, (await Problem.ReadAsync(response)).Status);
    }
}
