using System.ComponentModel;
using CliWrap;
using CliWrap.Buffered;

namespace AkiDb.Bridge.Host.Services;

/// <summary>Runs a tool of the system, such as systemctl, to its end.</summary>
internal static class SystemTool
{
    /// <summary>Runs it with its output shown, or for what it prints.</summary>
    /// <exception cref="ServiceException">It is not on this machine.</exception>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> command, bool show, CancellationToken cancellationToken) =>
        show ? (await ShowAsync(command, cancellationToken), "") : await ReadAsync(command, cancellationToken);

    private static async Task<int> ShowAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        await using var error = Console.OpenStandardError();
        return await RunAsync(command, async tool =>
            (await tool.WithStandardOutputPipe(PipeTarget.ToStream(output)).WithStandardErrorPipe(PipeTarget.ToStream(error)).ExecuteAsync(cancellationToken)).ExitCode);
    }

    private static Task<(int ExitCode, string Output)> ReadAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) => RunAsync(command, async tool =>
    {
        var result = await tool.ExecuteBufferedAsync(cancellationToken);
        return (result.ExitCode, (result.StandardOutput + result.StandardError).Trim());
    });

    private static async Task<T> RunAsync<T>(IReadOnlyList<string> command, Func<Command, Task<T>> run)
    {
        try
        {
            return await run(Cli.Wrap(command[0]).WithArguments(command.Skip(1)).WithValidation(CommandResultValidation.None));
        }
        catch (Win32Exception error)
        {
            throw new ServiceException($"'{command[0]}' cannot be run on this machine: {error.Message}. --dry-run shows what would be installed.");
        }
    }
}
