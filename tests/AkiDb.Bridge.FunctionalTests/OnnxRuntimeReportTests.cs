using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>ONNX Runtime's builds report their use to their maker, with a file in the user's home folder that says who they are: never from a bridge.</summary>
public sealed class OnnxRuntimeReportTests
{
    [Theory]
    [InlineData("embed", "a text", "--provider", "onnx")]
    [InlineData("doctor", "--provider", "onnx")]
    [InlineData("bench", "--provider", "onnx", "--stage", "1s")]
    public async Task Command_leaves_nothing_of_ONNX_Runtime_in_the_home_folder(string command, params string[] arguments)
    {
        using var home = new TemporaryFolder();
        await using var process = BridgeProcess.Start(command, SettingsOf(home, arguments));

        Assert.Equal(0, await process.WaitForExitAsync());

        CheckNothingIn(home);
    }

    [Fact]
    public async Task Host_leaves_nothing_of_ONNX_Runtime_in_the_home_folder()
    {
        using var home = new TemporaryFolder();
        await using (var host = await BridgeHost.StartAsync(SettingsOf(home, "--provider", "onnx")))
        {
            await host.ReadinessAsync(readiness => readiness.Status == "ready", "the model is loaded");
        }

        CheckNothingIn(home);
    }

    private static HostSettings SettingsOf(TemporaryFolder home, params string[] arguments) =>
        new(arguments) { Environment = new Dictionary<string, string?> { ["HOME"] = home.Path, ["XDG_CACHE_HOME"] = null } };

    private static void CheckNothingIn(TemporaryFolder home) => Assert.DoesNotContain(
        Directory.EnumerateFileSystemEntries(home.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }),
        path => path.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase));
}
