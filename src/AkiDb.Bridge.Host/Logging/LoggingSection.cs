using AkiDb.Bridge.Configuration;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace AkiDb.Bridge.Host.Logging;

/// <summary>Reads <c>Bridge:Logging</c>, and chooses the framework's formatter by it; says which levels in the framework's section <c>Logging</c> are none.</summary>
/// <param name="configuration">The application's configuration.</param>
internal sealed class LoggingSection(IConfiguration configuration) : IOptionsSection, IConfigureOptions<ConsoleLoggerOptions>, IConfigureOptions<SimpleConsoleFormatterOptions>
{
    // In the framework's own section, for all logs or for one.
    private const string Levels = ":LogLevel:";

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
        foreach (var (path, value) in configuration.GetSection(Name).AsEnumerable())
        {
            if (path.Contains(Levels, StringComparison.OrdinalIgnoreCase) && value is { Length: > 0 } && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
            {
                mistakes.Add($"{path} is '{value}'; it must be {string.Join(", ", Enum.GetNames<LogLevel>())}.");
            }
        }

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
