using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Native.Border;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>The JSON that a bridge is created with: a document like appsettings.json, or what is in its section <c>Bridge</c>.</summary>
internal static class GuestConfiguration
{
    private const string UseEnvironment = "UseEnvironment";
    private const string Logging = "Logging";
    private const string LogLevels = "Logging:LogLevel";

    // One of these makes it a whole document; none of them is an option of the bridge.
    private static readonly string[] TopMembers = [BridgeOptions.Section, Logging, UseEnvironment];

    private static readonly string[] TopSections = [BridgeOptions.Section, Logging, LogLevels];

    /// <summary>Adds it to a configuration.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="json">The text; null or empty for nothing.</param>
    /// <exception cref="NativeException">It cannot be read.</exception>
    public static void Add(IConfigurationBuilder builder, string? json)
    {
        var given = Read(string.IsNullOrWhiteSpace(json) ? "{}" : json);
        RequireKinds(given);
        var isWhole = given.GetChildren().Any(member => TopMembers.Contains(member.Key, StringComparer.OrdinalIgnoreCase));
        builder.AddInMemoryCollection(given.AsEnumerable().Select(value => isWhole ? value : KeyValuePair.Create($"{BridgeOptions.Section}:{value.Key}", value.Value)));

        // The variables of AkiDB's own program mean that program, not the bridge within it.
        if (ReadsEnvironment(given[UseEnvironment]))
        {
            builder.AddAkiDbEnvironment();
        }
    }

    private static IConfigurationRoot Read(string json)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidDataException or InvalidOperationException)
        {
            throw new NativeException(NativeStatus.BadConfiguration, $"The configuration cannot be read: {(error.InnerException ?? error).Message}");
        }
    }

    private static void RequireKinds(IConfiguration given)
    {
        if (Array.Find(TopSections, section => !string.IsNullOrEmpty(given[section])) is { } single)
        {
            throw new NativeException(NativeStatus.BadConfiguration, $"{single} is '{given[single]}'; it must be a section, not a single value.");
        }

        foreach (var level in given.GetSection(LogLevels).GetChildren())
        {
            if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _))
            {
                throw new NativeException(NativeStatus.BadConfiguration, $"{level.Path} is '{level.Value}'; it must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}.");
            }
        }
    }

    private static bool ReadsEnvironment(string? value) => value is null
        ? false
        : bool.TryParse(value, out var flag)
            ? flag
            : throw new NativeException(NativeStatus.BadConfiguration, $"{UseEnvironment} is '{value}'; it must be true or false.");
}
