using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary><c>appsettings.json</c>: broken, missing, or replaced in the ways that editors and orchestrators know.</summary>
public sealed class ConfigurationFileTests
{
    private const string Further = """{"Bridge": {"Models": {"further": {"Model": "MODEL"}}}}""";

    [Theory]
    [InlineData("{\"Bridge\": {", "appsettings.json")]
    [InlineData("", "appsettings.json")]
    [InlineData("[]", "appsettings.json")]
    [InlineData("{\"Bridge\": {\"Model\": \"a\", \"Model\": \"b\"}}", "Bridge:Model")]
    public async Task File_that_cannot_be_read_is_a_sentence(string text, string sentence)
    {
        using var program = new ProgramCopy();
        program.WriteText(text);
        foreach (var command in new[] { "serve", "embed" })
        {
            await using var process = BridgeProcess.Start(command, new HostSettings("--provider", "mock") { Program = program.Executable });
            Assert.True(await process.WaitForExitAsync() == 78, process.Evidence());
            Assert.Contains(sentence, process.Errors.Tail(), StringComparison.Ordinal);
            Assert.Contains("appsettings.json", process.Errors.Tail(), StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", process.Evidence(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task File_that_is_missing_for_a_moment_removes_nothing()
    {
        using var program = new ProgramCopy();
        program.WriteText(WithFurther("tiny-bert-cls"));
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Executable });
        await ServesAsync(host, "tiny-bert-cls");

        File.Delete(Path.Combine(program.Folder, "appsettings.json"));
        await host.Log.WaitForAsync("appsettings.json cannot be read");
        await ServesAsync(host, "tiny-bert-cls");

        program.WriteText(WithFurther("tiny-bert-cased"));
        await ServesAsync(host, "tiny-bert-cased");
        await host.Log.WaitForAsync("tiny-bert-cls is removed");
    }

    [Fact]
    public async Task File_behind_a_link_that_is_replaced_is_read_again()
    {
        // As Kubernetes mounts a ConfigMap: appsettings.json -> ..data/appsettings.json, and ..data is a link that is exchanged.
        using var program = new ProgramCopy();
        string[] versions = ["tiny-bert-cls", "tiny-bert-cased"];
        foreach (var version in versions)
        {
            var folder = Directory.CreateDirectory(Path.Combine(program.Folder, $"..{version}"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "appsettings.json"), WithFurther(version), TestContext.Current.CancellationToken);
        }

        var (data, file) = (Path.Combine(program.Folder, "..data"), Path.Combine(program.Folder, "appsettings.json"));
        File.Delete(file);
        Directory.CreateSymbolicLink(data, $"..{versions[0]}");
        File.CreateSymbolicLink(file, "..data/appsettings.json");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Executable });
        await ServesAsync(host, versions[0]);

        Directory.CreateSymbolicLink($"{data}.new", $"..{versions[1]}");
        await using var exchange = BridgeProcess.StartInShell($"exec mv -T '{data}.new' '{data}'");
        Assert.Equal(0, await exchange.WaitForExitAsync());
        await ServesAsync(host, versions[1]);
    }

    [Fact]
    public async Task Level_of_the_log_that_is_none_is_a_mistake_at_the_start_and_ends_no_host_that_runs()
    {
        const string Wrong = """{"Logging": {"LogLevel": {"Default": "Loud"}}}""";
        using var program = new ProgramCopy();
        program.WriteText(Wrong);
        foreach (var command in new[] { "serve", "embed" })
        {
            await using var process = BridgeProcess.Start(command, new HostSettings("--provider", "mock") { Program = program.Executable });
            Assert.True(await process.WaitForExitAsync() == 78, process.Evidence());
            Assert.Contains("Logging:LogLevel:Default is 'Loud'", process.Errors.Tail(), StringComparison.Ordinal);
        }

        program.WriteText("{}");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Executable });
        program.WriteText(Wrong);
        await host.Log.WaitForAsync("Logging:LogLevel:Default is 'Loud'");
        Signals.Send(host.Process.Pid, Signals.HangUp);
        program.WriteText(WithFurther("tiny-bert-cls"));
        await ServesAsync(host, "tiny-bert-cls");
    }

    [Fact]
    public async Task Address_in_the_web_servers_own_section_is_not_listened_on()
    {
        using var program = new ProgramCopy();
        program.WriteText("""{"Kestrel": {"Endpoints": {"open": {"Url": "http://*:0"}, "none": {"Url": "nonsense"}}}}""");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Executable });
        await host.EmbedAsync("a");
        await host.Log.WaitForAsync("Application started");
        Assert.Single(host.Log.Lines, line => line.Contains("Now listening on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_are_followed_without_what_the_system_may_have_run_out_of()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var descriptors = Directory.GetFiles($"/proc/{host.Process.Pid}/fd").Select(fd => new FileInfo(fd).LinkTarget);
        Assert.DoesNotContain(descriptors, target => target?.Contains("inotify", StringComparison.Ordinal) == true);
    }

    private static string WithFurther(string model) => Further.Replace("MODEL", TestPaths.Model(model), StringComparison.Ordinal);

    private static Task ServesAsync(BridgeHost host, string model) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await host.PostAsync(new { inputs = new[] { "a" }, model });
            return answer.IsSuccessStatusCode;
        },
        $"{model} is served",
        host.Log.Tail);
}
