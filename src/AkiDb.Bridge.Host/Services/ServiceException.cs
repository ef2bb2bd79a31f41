namespace AkiDb.Bridge.Host.Services;

/// <summary>A service could not be installed, removed or reached; the message says why and what to do.</summary>
internal sealed class ServiceException(string message) : Exception(message)
{
    /// <summary>There is no service of this name.</summary>
    public static ServiceException NotInstalled(string name, bool forUser) =>
        new($"There is no service '{name}' here. 'akidb-bridge service install{(forUser ? " --user" : "")} --name {name}' installs it.");

    /// <summary>There is a service of this name, and it is somebody else's.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="what">What belongs to it, as the user finds it.</param>
    public static ServiceException NotOurs(string name, string what) =>
        new($"The service '{name}' was not installed by this program, and is left as it is: see {what}. Take another --name.");

    /// <summary>What became of the service that was there before one that did not become ready.</summary>
    /// <param name="failure">Why it does not run again; null when it does.</param>
    public static string PutBack(string? failure) => failure is null
        ? "the one before it was put back"
        : $"the one before it was put back, but does not become ready either ({failure.TrimEnd('.')})";
}
