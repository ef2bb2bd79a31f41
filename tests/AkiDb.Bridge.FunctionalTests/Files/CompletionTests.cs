using AkiDb.Bridge.FunctionalTests.Hosting;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.FunctionalTests.Files;

/// <summary><c>akidb-bridge completion</c>, read by the shells themselves.</summary>
public sealed class CompletionTests
{
    private const string Bash = """
        eval "$("$0" completion bash)"
        COMP_LINE="akidb-bridge embed --re" COMP_POINT=23
        _akidb_bridge "$0" --re
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    private const string Fish = """eval (akidb-bridge completion fish | string collect); complete -C 'akidb-bridge embed --re'""";

    [Theory]
    [InlineData("bash", Bash)]
    [InlineData("fish", Fish)]
    public async Task Shell_completes_a_switch(string shell, string script)
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(Path.Combine(folder.Path, "akidb-bridge"), BridgeProcess.Executable);
        Assert.SkipUnless((await RunAsync("sh", ["-c", $"command -v {shell}"], folder.Path)).ExitCode == 0, $"There is no {shell} here.");

        var completed = await RunAsync(shell, ["-c", script, BridgeProcess.Executable], folder.Path);

        Assert.Equal("--resume", completed.StandardOutput.Trim());
    }

    [Theory]
    [InlineData("zsh", "compdef _akidb_bridge akidb-bridge")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native")]
    public async Task Other_shells_get_their_script(string shell, string line)
    {
        await using var command = BridgeProcess.Start("completion", new HostSettings(shell));
        Assert.True(await command.WaitForExitAsync() == 0, command.Evidence());
        Assert.True(command.Output.Contains(line), command.Evidence());
    }

    private static async Task<BufferedCommandResult> RunAsync(string program, string[] arguments, string folder) => await Cli.Wrap(program)
        .WithArguments(arguments)
        .WithEnvironmentVariables(variables => variables.Set("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}").Set("HOME", folder))
        .WithValidation(CommandResultValidation.None)
        .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
}
