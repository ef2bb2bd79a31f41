namespace AkiDb.Bridge.Host.Logging;

/// <summary>What the framework logs with a stack trace, and <see cref="StartupErrors"/> says in a sentence: that the host could not be started.</summary>
internal static class StartFailure
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";
    private const int StartFailed = 11;

    /// <summary>Whether this is that message.</summary>
    public static bool Is(string category, EventId eventId) => eventId.Id == StartFailed && category == HostCategory;
}
