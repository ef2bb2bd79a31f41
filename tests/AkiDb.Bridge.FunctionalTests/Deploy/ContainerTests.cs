using System.Text.Json;
using System.Text.RegularExpressions;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>The container's recipe and the composition of one machine, as far as they can be followed without a registry of images.</summary>
public sealed partial class ContainerTests
{
    private static readonly string Folder = Path.Combine(TestPaths.Repository, "scripts", "deploy");

    [Fact]
    public async Task Archive_is_unpacked_to_where_the_image_starts_it()
    {
        var recipe = await File.ReadAllTextAsync(Path.Combine(Folder, "Containerfile"), TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        var program = Path.GetDirectoryName(BridgeProcess.Executable)!;
        await Cli.Wrap("tar").WithArguments(["-czhf", Path.Combine(folder.Path, "archive.tar.gz"), "--transform", "s,^[.],akidb-bridge-0,", "-C", program, "."]).ExecuteAsync(TestContext.Current.CancellationToken);
        var unpack = UnpackLine().Match(recipe).Groups[1].Value.Replace("/tmp/", $"{folder.Path}/", StringComparison.Ordinal).Replace("/opt/", $"{folder.Path}/opt/", StringComparison.Ordinal);
        await Cli.Wrap("/bin/sh").WithArguments(["-c", unpack]).ExecuteAsync(TestContext.Current.CancellationToken);

        var start = JsonSerializer.Deserialize<string[]>(EntryPoint().Match(recipe).Groups[1].Value)!;
        var command = JsonSerializer.Deserialize<string[]>(DefaultCommand().Match(recipe).Groups[1].Value)!;
        var help = await Cli.Wrap(folder.Path + start[0]).WithArguments([.. command, "--help"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Contains("--port", help.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosts_of_the_composition_are_those_of_the_balancer_and_take_what_it_gives_them()
    {
        // Merge keys are YAML 1.1, as Compose reads it.
        var composition = JsonSerializer.Deserialize<JsonElement>(await RunPythonAsync(
            "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))", Path.Combine(Folder, "compose.yaml")));
        var services = composition.GetProperty("services");
        var hosts = services.EnumerateObject().Where(service => service.Value.TryGetProperty("image", out var image) && image.GetString() == "akidb-bridge").ToList();
        var balanced = BalancedHosts().Matches(await File.ReadAllTextAsync(Path.Combine(Folder, "haproxy.cfg"), TestContext.Current.CancellationToken)).Select(match => match.Groups[1].Value).Distinct().Order();
        Assert.Equal(balanced, hosts.Where(host => !host.Value.TryGetProperty("command", out _)).Select(host => host.Name).Order());

        using var folder = new TemporaryFolder();
        var key = Path.Combine(folder.Path, "api-key");
        await File.WriteAllTextAsync(key, "key-for-tests", TestContext.Current.CancellationToken);
        var environment = hosts[0].Value.GetProperty("environment").EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString());
        environment["AKIDB_HOST"] = "127.0.0.1";
        environment["AKIDB_BRIDGE__HTTP__APIKEYS__0__KEYFILE"] = key;
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Environment = environment });
        host.Client.DefaultRequestHeaders.Add("X-Api-Key", "key-for-tests");
        Assert.Single((await host.EmbedAsync("a")).Vectors);
    }

    private static async Task<string> RunPythonAsync(string script, string argument)
    {
        var result = await Cli.Wrap("/usr/bin/python3").WithArguments(["-c", script, argument]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen(result.StandardError.Contains("No module named", StringComparison.Ordinal), "python3 has no yaml here (Debian's package python3-yaml).");
        Assert.True(result.ExitCode == 0, result.StandardError);
        return result.StandardOutput;
    }

    [GeneratedRegex("^RUN (mkdir .* tar .*)$", RegexOptions.Multiline)]
    private static partial Regex UnpackLine();

    [GeneratedRegex(@"^ENTRYPOINT (\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex EntryPoint();

    [GeneratedRegex(@"^CMD (\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex DefaultCommand();

    [GeneratedRegex(@"^    server (\S+) ", RegexOptions.Multiline)]
    private static partial Regex BalancedHosts();
}
