using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Native.Border;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Native.Hosting;

/// <summary>The JSON that a bridge is created with: a document like appsettings.json, or what is in its section <c>Bridge</c>.</summary>
internal static class GuestConfiguration
{
    private const string UseEnvironment = "UseEnvironment";

    // One of these makes it a whole document; none of them is an option of the bridge.
    private static readonly string[] TopMembers = [BridgeOptions.Section, "Logging", UseEnvironment];

    /// <summary>Adds it to a configuration.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="json">The text; null or empty for nothing.</param>
    /// <exception cref="NativeException">It cannot be read.</exception>
    public static void Add(IConfigurationBuilder builder, string? json)
    {
        var given = Read(string.IsNullOrWhiteSpace(json) ? "{}" : json);
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
        catch (Exception error) when (error is JsonException or FormatException or InvalidDataException)
        {
            throw new NativeException(NativeStatus.BadConfiguration, $"The configuration cannot be read: {(error.InnerException ?? error).Message}");
        }
    }

    private static bool ReadsEnvironment(string? value) => value is null
        ? false
        : bool.TryParse(value, out var flag)
            ? flag
            : throw new NativeException(NativeStatus.BadConfiguration, $"{UseEnvironment} is '{value}'; it must be true or false.");
}
