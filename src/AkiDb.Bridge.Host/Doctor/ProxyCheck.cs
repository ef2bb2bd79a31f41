namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Proxy variables: the hub is reached through them, and they must not come between programs on this machine.</summary>
internal static class ProxyCheck
{
    private const string Name = "proxy";

    private static readonly string[] Variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

    // With another one .NET takes no proxy at all, and says nothing.
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    private static readonly string[] ThisMachine = ["*", "localhost", "127.0.0.1", "127.0.0.0/8"];

    /// <param name="variable">The value of an environment variable; null or empty where it is not set.</param>
    public static Check Of(Func<string, string?> variable)
    {
        var set = Variables.Where(name => !string.IsNullOrWhiteSpace(variable(name))).ToList();
        if (set.Count == 0)
        {
            return Check.Pass(Name, "no proxy is set");
        }

        // Never the value: it may hold a password.
        if (set.FirstOrDefault(name => !IsAddress(variable(name)!)) is { } wrong)
        {
            return Check.Fail(Name, $"{wrong} is no address of a proxy.", $"Write it as http://proxy.example:3128, or unset {wrong}.");
        }

        var exceptions = (variable("NO_PROXY") ?? variable("no_proxy") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return exceptions.Any(ThisMachine.Contains)
            ? Check.Pass(Name, $"{string.Join(", ", set)}; not for this machine")
            : Check.Warn(Name, $"{string.Join(", ", set)} would also be used for addresses of this machine, where the proxy does not find the bridge.", "Set NO_PROXY=localhost,127.0.0.1,::1 for the bridge's callers.");
    }

    private static bool IsAddress(string value) =>
        Uri.TryCreate(value.Contains("://", StringComparison.Ordinal) ? value : $"http://{value}", UriKind.Absolute, out var address) && address is { Host.Length: > 0, AbsolutePath: "/" or "" } && Schemes.Contains(address.Scheme);
}
