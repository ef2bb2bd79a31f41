using System.Runtime.ExceptionServices;

namespace AkiDb.Bridge.Host;

/// <summary>Runs a host until it is asked to stop, and says how it ended.</summary>
internal static class HostRun
{
    /// <returns>0 after a stop on request; another code when something inside has failed.</returns>
    /// <exception cref="InvalidDataException">What a background service depends on refuses it, and no restart helps.</exception>
    public static async Task<int> RunAsync(IHost host, StopSignals signals, CancellationToken cancellationToken)
    {
        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped while it was starting: whoever owns it disposes of what was there.
            return ExitCodeOf(host);
        }
        catch
        {
            // What a host that was not stopped has already started would be logged as background services that failed.
            await host.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopAsync(host, signals.Hurry);
        return ExitCodeOf(host);
    }

    /// <summary>Stops a host within its grace, or at once when that is asked for.</summary>
    public static async Task StopAsync(IHost host, CancellationToken hurry)
    {
        try
        {
            await host.StopAsync(hurry);
        }
        catch (Exception) when (hurry.IsCancellationRequested)
        {
            // What was cut short says so.
        }
    }

    // A background service that fails stops the host as a request to stop does.
    private static int ExitCodeOf(IHost host)
    {
        var failure = host.Services.GetServices<IHostedService>().OfType<BackgroundService>().Select(service => service.ExecuteTask?.Exception?.InnerException).FirstOrDefault(error => error is not null);
        if (failure is InvalidDataException)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return failure is null ? ExitCodes.Success : ExitCodes.InternalError;
    }
}
