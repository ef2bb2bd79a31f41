using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.Host.Services;

/// <summary>Runs a tool of the system, such as systemctl, to its end.</summary>
internal static class SystemTool
{
    private const int NotFound = 127;

    // A terminal's Ctrl+C reaches whoever was started from it. These tools are ended by this program alone, which knows what must be finished first.
    private const string Shielded = """command -v "$1" >/dev/null || exit 127; trap '' INT TERM QUIT HUP; exec "$@" """;

    /// <summary>Runs it with its output shown, or for what it prints.</summary>
    /// <exception cref="ServiceException">It is not on this machine.</exception>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> command, bool show, CancellationToken cancellationToken) =>
        show ? (await ShowAsync(command, cancellationToken), "") : await ReadAsync(command, cancellationToken);

    private static async Task<int> ShowAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        await using var error = Console.OpenStandardError();
        var tool = ToolOf(command).WithStandardOutputPipe(PipeTarget.ToStream(output)).WithStandardErrorPipe(PipeTarget.ToStream(error));
        return Expect(command, (await tool.ExecuteAsync(cancellationToken)).ExitCode);
    }

    private static async Task<(int ExitCode, string Output)> ReadAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var result = await ToolOf(command).ExecuteBufferedAsync(cancellationToken);
        return (Expect(command, result.ExitCode), (result.StandardOutput + result.StandardError).Trim());
    }

    private static Command ToolOf(IReadOnlyList<string> command) =>
        Cli.Wrap("/bin/sh").WithArguments(["-c", Shielded, "sh", .. command]).WithValidation(CommandResultValidation.None);

    private static int Expect(IReadOnlyList<string> command, int exitCode) => exitCode != NotFound
        ? exitCode
        : throw new ServiceException($"'{command[0]}' is not on this machine, and without it services cannot be looked after. --dry-run shows what would be installed.");
}
