namespace AkiDb.Bridge.Host.Services;

/// <summary>Puts a service in the place of the one before it, which gets its place back whatever goes wrong.</summary>
internal static class Replacement
{
    /// <summary>Changes and starts the service.</summary>
    /// <param name="change">Does it; yields null, or why the service does not become ready.</param>
    /// <param name="lastLines">What the service has said.</param>
    /// <param name="putBack">Undoes it; yields what became of the one before.</param>
    /// <param name="cancellationToken">Whoever waits gives up: nothing is put back then.</param>
    /// <exception cref="ServiceException">It did not become ready; the message has the first reason, and what became of the one before.</exception>
    public static async Task RunAsync(Func<Task<string?>> change, Func<Task<string>> lastLines, Func<Task<string>> putBack, CancellationToken cancellationToken)
    {
        string? failure;
        try
        {
            failure = await change();
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            failure = error.Message;
        }

        if (failure is null)
        {
            return;
        }

        // Before it is put back: then the last lines are those of the one before.
        var said = await OrAsync(lastLines, static error => error.Message, cancellationToken);
        var outcome = await OrAsync(putBack, static error => $"what was there before could not be put back ({error.Message.TrimEnd('.')})", cancellationToken);
        throw new ServiceException($"The service did not become ready, and {outcome}. {failure}{(said.Length == 0 ? "" : $"{Environment.NewLine}Its last lines:{Environment.NewLine}{said}")}");
    }

    private static async Task<string> OrAsync(Func<Task<string>> run, Func<Exception, string> otherwise, CancellationToken cancellationToken)
    {
        try
        {
            return await run();
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            return otherwise(error);
        }
    }
}
