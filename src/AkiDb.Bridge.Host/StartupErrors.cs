using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host;

/// <summary>Mistakes of the user end in a sentence and an exit code, not in a stack trace.</summary>
internal static class StartupErrors
{
    /// <summary>The exit code for what the user typed wrong.</summary>
    public const int UsageError = 2;

    private const int CannotServe = 1;

    public static async Task<int> ReportAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OptionsValidationException error)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, error.Failures));
            return UsageError;
        }
        catch (FormatException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return UsageError;
        }
        catch (BridgeException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return CannotServe;
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{error.Message} Choose another port with --port or AKIDB_REST_PORT.");
            return CannotServe;
        }
        catch (System.Net.Sockets.SocketException error)
        {
            await Console.Error.WriteLineAsync($"The address cannot be listened on: {error.Message}. Choose another with --host and --port, or AKIDB_HOST and AKIDB_REST_PORT.");
            return CannotServe;
        }
    }
}
