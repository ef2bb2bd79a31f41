namespace AkiDb.Bridge.Host.Services;

/// <summary>What runs programs as services on this system: systemd, launchd or Windows' service control manager.</summary>
internal interface IServiceManager
{
    /// <summary>What an installation writes, and nothing else: needs neither rights nor a service manager.</summary>
    IReadOnlyList<ServiceFile> Plan(ServiceSettings settings);

    /// <summary>The switches and variables of the service that is installed; null when there is none.</summary>
    (IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)? Installed();

    /// <summary>Installs and starts the service, or replaces the one that is there; what was there before is put back if the new one does not become ready.</summary>
    /// <param name="settings">The service.</param>
    /// <param name="hurry">What is put back is not waited for.</param>
    /// <param name="cancellationToken">Gives up: what was there before is put back.</param>
    /// <exception cref="ServiceException">It cannot be installed, or did not become ready, or was given up.</exception>
    Task InstallAsync(ServiceSettings settings, CancellationToken hurry, CancellationToken cancellationToken);

    /// <summary>Stops the service and removes all that was written for it; succeeds when there is none.</summary>
    /// <param name="cancellationToken">Leaves it by halves; called again, it goes on.</param>
    /// <exception cref="ServiceException">It cannot be removed.</exception>
    Task UninstallAsync(CancellationToken cancellationToken);

    /// <summary>Starts, stops, restarts or shows the installed service.</summary>
    /// <param name="verb">What is to be done.</param>
    /// <param name="cancellationToken">Ends the wait; the service manager goes on.</param>
    /// <returns>The exit code of the system's own tool.</returns>
    /// <exception cref="ServiceException">There is no such service.</exception>
    Task<int> ControlAsync(ServiceVerb verb, CancellationToken cancellationToken);
}
