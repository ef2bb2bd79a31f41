using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Hub;

/// <summary>Where the model hub is and who asks it, by the variables that the hub's own tools follow. No record: its text would have the token in it.</summary>
internal sealed class HubAccess
{
    private const string EndpointVariable = "HF_ENDPOINT";
    private const string OfflineVariable = "HF_HUB_OFFLINE";
    private const string DefaultEndpoint = "https://huggingface.co";
    private const int LargestTokenFile = 1 << 12;

    private static readonly string[] TokenVariables = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];
    private static readonly string[] TrueValues = ["1", "ON", "YES", "TRUE"];

    /// <summary>The hub's address: <c>HF_ENDPOINT</c>, else the public hub's.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>What is sent to that address, and to no other; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Where the token stands, for messages; null without one.</summary>
    public string? TokenSource { get; init; }

    /// <summary>Whether <c>HF_HUB_OFFLINE</c> forbids every question to the hub.</summary>
    public bool IsOffline { get; init; }

    /// <summary>What this process's environment says.</summary>
    /// <exception cref="HubException">The address is none.</exception>
    public static HubAccess FromEnvironment() =>
        From(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <param name="variable">The value of an environment variable; null or empty where it is not set.</param>
    /// <param name="home">The user's home folder.</param>
    /// <exception cref="HubException">The address is none.</exception>
    public static HubAccess From(Func<string, string?> variable, string home)
    {
        var (token, source) = FindToken(variable, home);
        return new HubAccess
        {
            Endpoint = ReadEndpoint(variable(EndpointVariable)),
            Token = token,
            TokenSource = source,
            IsOffline = TrueValues.Contains(variable(OfflineVariable)?.Trim(), StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>Whether an address is the hub's own: only there the token goes.</summary>
    public bool IsHub(Uri address) =>
        Uri.Compare(address, Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static Uri ReadEndpoint(string? configured)
    {
        var text = string.IsNullOrWhiteSpace(configured) ? DefaultEndpoint : configured.Trim();
        return Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? address
            : throw new HubException($"{EndpointVariable} is no address of a hub, such as {DefaultEndpoint}.");
    }

    private static (string? Token, string? Source) FindToken(Func<string, string?> variable, string home)
    {
        if (TokenVariables.FirstOrDefault(name => !string.IsNullOrWhiteSpace(variable(name))) is { } found)
        {
            return (variable(found)!.Trim(), found);
        }

        var file = variable("HF_TOKEN_PATH") is { } named && !string.IsNullOrWhiteSpace(named)
            ? ModelSearchPaths.Absolute(named.Trim(), home)
            : Path.Combine(ModelSearchPaths.From(variable, home).HubHome, "token");
        if (!File.Exists(file))
        {
            return (null, null);
        }

        try
        {
            var token = System.Text.Encoding.UTF8.GetString(RegularFile.ReadAll(file, LargestTokenFile)).Trim();
            return token.Length > 0 ? (token, $"'{file}'") : (null, null);
        }
        catch (BridgeException error)
        {
            throw new HubException($"The token cannot be read: {error.InnerException?.Message ?? "the file is too large"} Set HF_TOKEN instead.", error);
        }
    }
}
