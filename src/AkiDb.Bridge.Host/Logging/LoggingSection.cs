using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>Reads <c>Bridge:Logging</c>, and chooses the framework's formatter by it.</summary>
/// <param name="configuration">The application's configuration.</param>
internal sealed class LoggingSection(IConfiguration configuration) : IOptionsSection, IConfigureOptions<ConsoleLoggerOptions>, IConfigureOptions<SimpleConsoleFormatterOptions>
{
    private static readonly OptionsMap<LoggingOptions> Map = new OptionsMap<LoggingOptions>()
        .Value(nameof(LoggingOptions.Format), options => options.Format, (options, value) => options.Format = value, OptionType.Choice<LogFormat>());

    /// <inheritdoc/>
    public string Name => "Logging";

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, object?>> Read(IConfigurationSection section, ICollection<string> mistakes)
    {
        var read = Default();
        ConfigurationSections.Expect(section, mistakes);
        Map.Read(section, read, mistakes);
        return Map.Values(read);
    }

    /// <inheritdoc/>
    public void Configure(ConsoleLoggerOptions options)
    {
        // Mistakes are for whoever reports them together with all others.
        var read = Default();
        Map.Read(configuration.GetSection($"{BridgeOptions.Section}:{Name}"), read, []);
        options.FormatterName = read.Format switch
        {
            LogFormat.Json => ConsoleFormatterNames.Json,
            LogFormat.Systemd => ConsoleFormatterNames.Systemd,
            _ => ConsoleFormatterNames.Simple,
        };
    }

    /// <inheritdoc/>
    public void Configure(SimpleConsoleFormatterOptions options) => options.SingleLine = true;

    // The journal sets this variable for what writes to it (systemd.exec(5)).
    private static LoggingOptions Default() =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 } ? new() { Format = LogFormat.Systemd } : new();
}
