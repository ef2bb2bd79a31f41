namespace AkiDb.Bridge.Host.Services;

/// <summary>Puts a service in the place of the one before it, which gets its place back whatever goes wrong, and also when whoever waits gives up.</summary>
internal static class Replacement
{
    /// <summary>Changes and starts the service.</summary>
    /// <param name="change">Does it; yields null, or why the service does not become ready.</param>
    /// <param name="lastLines">What the service has said.</param>
    /// <param name="putBack">Undoes it; yields what became of the one before. Cancelled, it has put it back and does not wait until it is ready.</param>
    /// <param name="cancellationToken">Whoever waits gives up.</param>
    /// <exception cref="ServiceException">It did not become ready; the message has the first reason, and what became of the one before.</exception>
    /// <exception cref="OperationCanceledException">Whoever waits has given up before anything was changed.</exception>
    public static async Task RunAsync(Func<Task<string?>> change, Func<Task<string>> lastLines, Func<Task<string>> putBack, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string? failure;
        try
        {
            failure = await change();
        }
        catch (Exception error)
        {
            failure = error.Message;
        }

        if (failure is null)
        {
            return;
        }

        // Before it is put back: then the last lines are those of the one before.
        var isInterrupted = cancellationToken.IsCancellationRequested;
        var said = isInterrupted ? "" : await OrAsync(lastLines, static error => error.Message);
        var outcome = await OrAsync(putBack, static error => error is OperationCanceledException
            ? "the one before it was put back; whether it becomes ready was not waited for"
            : $"what was there before could not be put back ({error.Message.TrimEnd('.')})");
        throw new ServiceException(isInterrupted
            ? $"The service was given up before it was ready, and {outcome}."
            : $"The service did not become ready, and {outcome}. {failure}{(said.Length == 0 ? "" : $"{Environment.NewLine}Its last lines:{Environment.NewLine}{said}")}");
    }

    private static async Task<string> OrAsync(Func<Task<string>> run, Func<Exception, string> otherwise)
    {
        try
        {
            return await run();
        }
        catch (Exception error)
        {
            return otherwise(error);
        }
    }
}
