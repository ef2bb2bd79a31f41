using AkiDb.Bridge.Models;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Hub;

/// <summary>Fetches a model that is nowhere on this machine while a host starts; only where <c>AKIDB_MODELS_DOWNLOAD=1</c> allows it.</summary>
/// <param name="cache">The cache's folder.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="stopping">The host stops: a download is given up.</param>
internal sealed class StartDownload(string cache, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    /// <summary>The variable that allows downloads.</summary>
    public const string Variable = "AKIDB_MODELS_DOWNLOAD";

    /// <summary>Whether downloads are allowed.</summary>
    public static bool IsAllowed => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Fetches a model; large weights take minutes.</summary>
    /// <returns>Why it could not be fetched; null when it was.</returns>
    public string? Fetch(HubName name)
    {
        try
        {
            Log.Downloading(logger, name.Id, cache);
            new HubDownload(HubAccess.FromEnvironment(), cache, time, logger).FetchAsync(name, new DownloadProgress(), stopping).GetAwaiter().GetResult();
            return null;
        }
        catch (Exception error) when (error is BridgeException or HubException)
        {
            return error.Message;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return "the host stops.";
        }
    }
}
