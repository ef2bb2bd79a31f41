using System.Net;
using System.Net.Sockets;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.AspNetCore.Connections;
using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>Reads <c>Bridge:Http</c>, from where the bridge's other options are read too.</summary>
/// <param name="configuration">Where that is.</param>
/// <param name="configure">Changes options after the configuration was read; null for nothing.</param>
internal sealed class HttpSection(BridgeConfiguration configuration, Action<HttpOptions>? configure = null) : IOptionsSection
{
    private static readonly OptionsMap<HttpOptions> Map = new OptionsMap<HttpOptions>()
        .Value(nameof(HttpOptions.Host), options => options.Host, (options, value) => options.Host = value, OptionType.Text)
        .Value(nameof(HttpOptions.Port), options => options.Port, (options, value) => options.Port = value, OptionType.Number)
        .Value(nameof(HttpOptions.UnixSocket), options => options.UnixSocket, (options, value) => options.UnixSocket = value, OptionType.Text)
        .Value(nameof(HttpOptions.GrpcPort), options => options.GrpcPort, (options, value) => options.GrpcPort = value, OptionType.OptionalNumber)
        .Value(nameof(HttpOptions.MaxBodyBytes), options => options.MaxBodyBytes, (options, value) => options.MaxBodyBytes = value, OptionType.LargeNumber)
        .Value(nameof(HttpOptions.MaxConnections), options => options.MaxConnections, (options, value) => options.MaxConnections = value, OptionType.LargeNumber)
        .Value(nameof(HttpOptions.DrainDelay), options => options.DrainDelay, (options, value) => options.DrainDelay = value, OptionType.Time)
        .Value(nameof(HttpOptions.AllowedHosts), options => options.AllowedHosts, (options, value) => options.AllowedHosts = value, OptionType.Text)
        .Value(nameof(HttpOptions.AcceptTokenIds), options => options.AcceptTokenIds, (options, value) => options.AcceptTokenIds = value, OptionType.Flag)
        .Value(nameof(HttpOptions.AllowedOrigins), options => options.AllowedOrigins, (options, value) => options.AllowedOrigins = value, OptionType.Text)
        .Value(nameof(HttpOptions.AllowAnonymous), options => options.AllowAnonymous, (options, value) => options.AllowAnonymous = value, OptionType.Flag)
        .Value(nameof(HttpOptions.TrustedProxies), options => options.TrustedProxies, (options, value) => options.TrustedProxies = value, OptionType.Text)
        .Value(nameof(HttpOptions.CertificateFile), options => options.CertificateFile, (options, value) => options.CertificateFile = value, OptionType.Text)
        .Value(nameof(HttpOptions.CertificateKeyFile), options => options.CertificateKeyFile, (options, value) => options.CertificateKeyFile = value, OptionType.Text)
        .Value(nameof(HttpOptions.ClientCaFile), options => options.ClientCaFile, (options, value) => options.ClientCaFile = value, OptionType.Text)
        .Value(nameof(HttpOptions.StatusPage), options => options.StatusPage, (options, value) => options.StatusPage = value, OptionType.Flag)
        .Section(ApiKeySection.Name, ApiKeySection.Read);

    private static readonly TimeSpan LongestDrainDelay = TimeSpan.FromMinutes(10);

    private HttpOptions? options;

    /// <inheritdoc/>
    public string Name => "Http";

    /// <summary>The options, read when they are first asked for.</summary>
    /// <exception cref="OptionsValidationException">They have mistakes.</exception>
    public HttpOptions Options
    {
        get
        {
            if (options is null)
            {
                var mistakes = new List<string>();
                var read = Read(Section, mistakes, out _);
                options = mistakes.Count == 0 ? read : throw new OptionsValidationException(Name, typeof(HttpOptions), mistakes);
            }

            return options;
        }
    }

    private IConfigurationSection Section => configuration.Section.GetSection(Name);

    /// <summary>The options of an application, also of one that has not called <c>AddAkiDbBridgeHttp()</c>.</summary>
    public static HttpOptions OptionsOf(IServiceProvider services) =>
        (services.GetService<HttpSection>() ?? new HttpSection(ConfigurationOf(services))).Options;

    /// <summary>Where the options of the bridge are read from.</summary>
    public static BridgeConfiguration ConfigurationOf(IServiceProvider services) =>
        services.GetService<BridgeConfiguration>() ?? new BridgeConfiguration(null, services.GetRequiredService<IConfiguration>());

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, object?>> Read(IConfigurationSection section, ICollection<string> mistakes)
    {
        Read(section, mistakes, out var values);
        return values;
    }

    /// <summary>Reads the section once more, as it is now.</summary>
    public HttpOptions ReadAgain(ICollection<string> mistakes) => Read(Section, mistakes, out _);

    private HttpOptions Read(IConfigurationSection section, ICollection<string> mistakes, out IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        var read = new HttpOptions();
        ConfigurationSections.Expect(section, mistakes);
        Map.Read(section, read, mistakes);
        configure?.Invoke(read);
        foreach (var mistake in Check(read))
        {
            mistakes.Add(mistake);
        }

        values = [.. Map.Values(read)];
        return read;
    }

    private static IEnumerable<string> Check(HttpOptions options)
    {
        var rules = new (bool Holds, string Rule)[]
        {
            (options.Host == "localhost" || IsAddress(options.Host), $"Bridge:Http:Host is '{options.Host}': it must be an IP address, such as 127.0.0.1 or ::1, or localhost. The port is Bridge:Http:Port."),
            (options.Port is >= 0 and <= 65535, "Bridge:Http:Port must be 0 to 65535."),
            (options.Host != "localhost" || options.Port != 0, "Bridge:Http:Port is 0, which takes a free port: that needs an IP address as Bridge:Http:Host, such as 127.0.0.1."),
            (options.GrpcPort is null or (>= 0 and <= 65535), "Bridge:Http:GrpcPort must be 0 to 65535, or empty for no gRPC."),
            (options.GrpcPort is null or 0 || options.GrpcPort != options.Port, "Bridge:Http:GrpcPort and Bridge:Http:Port must be different ports: without TLS one port speaks one of HTTP/1.1 and HTTP/2."),
            (options.Host != "localhost" || options.GrpcPort != 0, "Bridge:Http:GrpcPort is 0, which takes a free port: that needs an IP address as Bridge:Http:Host, such as 127.0.0.1."),
            (UnixListenSocket.IsPossible(options.UnixSocket), $"Bridge:Http:UnixSocket is '{options.UnixSocket}': it must be the absolute path of a file, not longer than the system allows (about 100 bytes)."),
            (options.MaxBodyBytes >= 1024, "Bridge:Http:MaxBodyBytes must be at least 1024."),
            (options.MaxConnections >= 1, "Bridge:Http:MaxConnections must be at least 1."),
            (options.DrainDelay >= TimeSpan.Zero && options.DrainDelay <= LongestDrainDelay, "Bridge:Http:DrainDelay must be 0s to 10m."),
            (options.CertificateFile.Length > 0 || options.CertificateKeyFile.Length + options.ClientCaFile.Length == 0, "Bridge:Http:CertificateKeyFile and ClientCaFile are of no use without a Bridge:Http:CertificateFile."),
            (OptionLists.Of(options.TrustedProxies).All(proxy => TrustedProxies.TryParse(proxy, out _)), $"Bridge:Http:TrustedProxies is '{options.TrustedProxies}': it must be addresses or networks, such as 10.0.0.1;192.168.0.0/16."),
            (OptionLists.Of(options.AllowedOrigins).All(IsOrigin), $"Bridge:Http:AllowedOrigins is '{options.AllowedOrigins}': it must be origins, such as https://app.example.com, or *."),
        };
        return rules.Where(rule => !rule.Holds).Select(rule => rule.Rule).Concat(ApiKeySection.Check(options.ApiKeys));
    }

    private static bool IsOrigin(string text) => text == "*" || (Uri.TryCreate(text, UriKind.Absolute, out var origin) && origin.Scheme is "http" or "https" && origin.PathAndQuery == "/");

    // The framework's parser also takes '[::1]:9999', without its port, and '1', which is 0.0.0.1.
    private static bool IsAddress(string host) => IPAddress.TryParse(host, out var address)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == host : !host.Contains('[', StringComparison.Ordinal));
}
