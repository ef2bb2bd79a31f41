using System.Net.Sockets;
using AkiDb.Bridge.Host.Embedding;
using AkiDb.Bridge.Host.Files;
using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Streams;
using AkiDb.Bridge.Hub;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host;

/// <summary>Whatever ends a command becomes a sentence and an exit code; only an internal error has a stack trace.</summary>
internal static class StartupErrors
{
    /// <summary>Runs a command; what ends it is said on standard error.</summary>
    /// <returns>Its exit code.</returns>
    public static Task<int> ReportAsync(Func<Task<int>> run) => ReportAsync(run, StandardError.WriteLineAsync);

    /// <summary>Runs a command.</summary>
    /// <param name="run">The command.</param>
    /// <param name="say">Tells whoever reads what has ended it.</param>
    /// <returns>Its exit code.</returns>
    public static async Task<int> ReportAsync(Func<Task<int>> run, Func<string, Task> say)
    {
        try
        {
            return await run();
        }
        catch (OutputClosedException)
        {
            return ExitCodes.NobodyReads;
        }
        catch (Exception error)
        {
            var (code, sentence) = Explain(error);
            await say(sentence);
            return code;
        }
    }

    private static (int Code, string Sentence) Explain(Exception error) => error switch
    {
        OptionsValidationException invalid => (ExitCodes.NotAccepted, string.Join(Environment.NewLine, invalid.Failures)),
        UsageException => (ExitCodes.Usage, error.Message),
        NotAcceptedException => (ExitCodes.NotAccepted, error.Message),
        UnreadableInputException => (ExitCodes.BadInput, error.Message),
        BadTextException bad => (ExitCodes.BadInput, $"Line {bad.Number} of the input cannot be embedded: {bad.Message}"),
        BridgeException { Error.Kind: BridgeErrorKind.BadInput or BridgeErrorKind.BadModel or BridgeErrorKind.UnknownModel } => (ExitCodes.NotAccepted, error.Message),
        HubException => (ExitCodes.Failure, error.Message),
        ServiceException => (ExitCodes.Failure, error.Message),
        BridgeException => (ExitCodes.Failure, error.Message),
        InvalidDataException => (ExitCodes.NotAccepted, error.InnerException is { } cause ? $"{error.Message} {cause.Message}" : error.Message),
        IOException { InnerException: AddressInUseException } => (ExitCodes.AddressInUse, $"{error.Message} Choose another port with --port or AKIDB_REST_PORT."),
        SocketException => (ExitCodes.NotAccepted, $"The address cannot be listened on: {error.Message}. Choose another with --host and --port, or AKIDB_HOST and AKIDB_REST_PORT."),
        IOException or UnauthorizedAccessException => (ExitCodes.Failure, error.Message),
        _ => (ExitCodes.InternalError, $"The program has ended with an internal error: {error}"),
    };
}
