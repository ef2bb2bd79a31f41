using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace AkiDb.Bridge.Configuration;

/// <summary>Where the bridge's options are read from: what was given to <c>AddAkiDbBridge()</c>, else the host's configuration.</summary>
/// <param name="given">The section of the bridge, or a configuration that has it; null for the host's.</param>
/// <param name="host">The host's configuration; null where there is none.</param>
internal sealed class BridgeConfiguration(IConfiguration? given, IConfiguration? host)
{
    /// <summary>The bridge's section.</summary>
    public IConfigurationSection Section { get; } = given as IConfigurationSection ?? (given ?? host ?? new ConfigurationBuilder().Build()).GetSection(BridgeOptions.Section);

    /// <summary>The files that the section may come from. A section does not tell whose it is: as a rule it is the host's.</summary>
    public IEnumerable<FileConfigurationProvider> Files => new[] { given, host }.OfType<IConfigurationRoot>().SelectMany(FilesOf).Distinct();

    /// <summary>Tells of the next change.</summary>
    public IChangeToken GetReloadToken() => Section.GetReloadToken();

    // A configuration may hold another one.
    private static IEnumerable<FileConfigurationProvider> FilesOf(IConfiguration configuration) =>
        configuration is IConfigurationRoot root ? root.Providers.SelectMany(FilesOf) : [];

    private static IEnumerable<FileConfigurationProvider> FilesOf(IConfigurationProvider provider) => provider switch
    {
        FileConfigurationProvider file => [file],
        ChainedConfigurationProvider chained => FilesOf(chained.Configuration),
        _ => [],
    };
}
