using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.FunctionalTests.Packages;
using AkiDb.Bridge.TestData;
using CliWrap;
using CliWrap.Buffered;
using k8s.Models;

namespace AkiDb.Bridge.FunctionalTests.Deploy;

/// <summary>The container's recipe, the image that it makes, and the composition of one machine, as far as they can be followed without a registry of images.</summary>
public sealed partial class ContainerTests
{
    private const string Key = "key-for-tests";

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
    public async Task Image_answers_as_the_deployment_runs_it_and_goes_on_until_it_is_drained()
    {
        var archive = ReleasePackages.Require("*-linux-x64.tar.gz");
        await using var podman = await Podman.RequireAsync("docker.io/library/debian:bookworm-slim");

        // Without workers, whose packages take minutes to install.
        await podman.RunAsync(
            "build", "--isolation", "chroot", "--network", "host", "--pull=never", "--build-arg", $"ARCHIVE={Path.GetFileName(archive)}", "--build-arg", "WORKERS=false",
            "--file", Path.Combine(Folder, "Containerfile"), "--ignorefile", "/dev/null", "--tag", "akidb-bridge", Path.GetDirectoryName(archive)!);
        using var volumes = new TemporaryFolder();
        var deployment = Manifests.Load("base").OfType<V1Deployment>().Single();
        var container = deployment.Spec.Template.Spec.Containers.Single();
        var port = FreePort.Any();
        await podman.RunAsync(["run", "--detach", "--name", "host", .. await SwitchesAsync(deployment.Spec.Template.Spec, volumes.Path), "--env", $"AKIDB_REST_PORT={port}", "akidb-bridge", .. container.Args]);

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = Eventually.Patience };
        client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        await Eventually.TrueAsync(async () => await StatusAsync(client, container.StartupProbe.HttpGet.Path) == HttpStatusCode.OK, "it is ready", () => "");
        await CheckAnswerAsync(client);
        Assert.Equal("0000000000000000 1", await podman.RunAsync("exec", "host", "sh", "-c", "echo $(grep -e ^CapBnd -e ^NoNewPrivs /proc/1/status | cut -f2)"));
        Assert.Equal("", await podman.RunAsync("exec", "host", "sh", "-c", "touch /opt/akidb-bridge/new /var/tmp/new 2>/dev/null; find /opt /var/tmp -name new"));

        var stopping = podman.RunAsync("stop", "--time", $"{deployment.Spec.Template.Spec.TerminationGracePeriodSeconds - container.Lifecycle.PreStop.Sleep.Seconds}", "host");
        await Eventually.TrueAsync(async () => await StatusAsync(client, container.ReadinessProbe.HttpGet.Path) == HttpStatusCode.ServiceUnavailable, "it says that it goes", () => "");
        await CheckAnswerAsync(client);
        await stopping;
        Assert.Equal("0", await podman.RunAsync("inspect", "--format", "{{.State.ExitCode}}", "host"));
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
        await File.WriteAllTextAsync(key, Key, TestContext.Current.CancellationToken);
        var environment = hosts[0].Value.GetProperty("environment").EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString());
        environment["AKIDB_HOST"] = "127.0.0.1";
        environment["AKIDB_BRIDGE__HTTP__APIKEYS__0__KEYFILE"] = key;
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Environment = environment });
        host.Client.DefaultRequestHeaders.Add("X-Api-Key", Key);
        Assert.Single((await host.EmbedAsync("a")).Vectors);
    }

    // What the pod's security context, its volumes and its limits are to podman.
    private static async Task<IEnumerable<string>> SwitchesAsync(V1PodSpec pod, string volumes)
    {
        var container = pod.Containers.Single();
        var keys = Directory.CreateDirectory(Path.Combine(volumes, "keys")).FullName;
        await File.WriteAllTextAsync(Path.Combine(keys, "api-key"), Key, TestContext.Current.CancellationToken);
        await Cli.Wrap("chown").WithArguments(["--recursive", $"0:{pod.SecurityContext.FsGroup}", keys]).ExecuteAsync(TestContext.Current.CancellationToken);
        await Cli.Wrap("chmod").WithArguments(["--recursive", "u=rX,g=rX,o=", keys]).ExecuteAsync(TestContext.Current.CancellationToken);
        var mounts = container.VolumeMounts.SelectMany(mount => mount.Name == "keys" ? ["--volume", $"{keys}:{mount.MountPath}:ro"]
            : mount.ReadOnlyProperty == true ? new[] { "--volume", $"{Directory.CreateDirectory(Path.Combine(volumes, mount.Name)).FullName}:{mount.MountPath}:ro" }
            : ["--tmpfs", mount.MountPath]);
        return
        [
            "--user", $"{pod.SecurityContext.RunAsUser}:{pod.SecurityContext.RunAsGroup}",
            "--read-only", "--read-only-tmpfs=false", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
            "--memory", $"{container.Resources.Limits["memory"].ToInt64()}", "--ulimit", "nofile=8192:8192", "--ulimit", "nproc=4096:4096", "--network", "host",
            .. container.Env.SelectMany(variable => new[] { "--env", $"{variable.Name}={variable.Value}" }), .. mounts,
        ];
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient client, string path)
    {
        try
        {
            return (await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode;
        }
        catch (HttpRequestException)
        {
            // Nobody listens, yet or any more.
            return null;
        }
    }

    private static async Task CheckAnswerAsync(HttpClient client)
    {
        using var content = new StringContent(SmallestCall.Body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri("api/v1/embed", UriKind.Relative), content, TestContext.Current.CancellationToken);
        SmallestCall.Check(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
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

    [GeneratedRegex(@"^    server (\S+) \1:", RegexOptions.Multiline)]
    private static partial Regex BalancedHosts();
}
