namespace AkiDb.Bridge.Host.Services;

/// <summary>Who may change the system's services.</summary>
internal static class Privileges
{
    /// <summary>What is said to who is no administrator of Windows.</summary>
    public const string Administrators = "Services are the administrators' to change: run this in a window that was opened with 'Run as administrator'.";

    /// <summary>What is said to who is not root.</summary>
    public const string Root = "The system's services are root's to change: run this with sudo, or give --user for a service of your own.";

    /// <summary>Checks it before anything is changed: what is done by halves locks others out.</summary>
    /// <param name="sentence">What is said to who may not.</param>
    /// <exception cref="ServiceException">This process may not change them.</exception>
    public static void Require(string sentence)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new ServiceException(sentence);
        }
    }
}
