using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Configuration;

/// <summary>Reads a configuration section into options, and collects every mistake instead of stopping at the first.</summary>
/// <remarks>The framework's binder ignores names that it does not know and stops at the first bad value; an operator deserves the whole list.</remarks>
internal static class OptionsReader
{
    // What a value may be that has none of its own until the machine is known.
    private const string Automatic = "auto";

    /// <summary>Sets the properties of <paramref name="options"/> from <paramref name="section"/>.</summary>
    public static IReadOnlyList<string> Read(IConfigurationSection section, object options)
    {
        var mistakes = new List<string>();
        ReadInto(section, options, mistakes);
        return mistakes;
    }

    private static void ReadInto(IConfigurationSection section, object options, List<string> mistakes)
    {
        var properties = options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
        foreach (var child in section.GetChildren())
        {
            var property = properties.FirstOrDefault(candidate => candidate.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                mistakes.Add($"{child.Path} is not known here. Known are: {string.Join(", ", properties.Select(known => known.Name).Order())}.");
            }
            else if (property.GetValue(options) is FurtherModelsOptions models)
            {
                AddEntries(child, models, mistakes);
            }
            else if (property.SetMethod is null)
            {
                ReadGroup(child, property.GetValue(options)!, mistakes);
            }
            else if (child.Value is { } text)
            {
                ReadValue(child.Path, text, property, options, mistakes);
            }
            else if (child.GetChildren().Any())
            {
                mistakes.Add($"{child.Path} is a single value, not a section.");
            }
        }
    }

    private static void ReadGroup(IConfigurationSection section, object options, List<string> mistakes)
    {
        ExpectSection(section, mistakes);
        ReadInto(section, options, mistakes);
    }

    // An entry is read when the options that it inherits are complete.
    private static void AddEntries(IConfigurationSection section, FurtherModelsOptions models, List<string> mistakes)
    {
        ExpectSection(section, mistakes);
        foreach (var entry in section.GetChildren())
        {
            ExpectSection(entry, mistakes);
            models.Add(entry.Key, options => Read(entry, options));
        }
    }

    private static void ExpectSection(IConfigurationSection section, List<string> mistakes)
    {
        if (section.Value is { Length: > 0 })
        {
            mistakes.Add($"{section.Path} is a section, not a single value.");
        }
    }

    private static void ReadValue(string path, string text, PropertyInfo property, object options, List<string> mistakes)
    {
        var optional = Nullable.GetUnderlyingType(property.PropertyType);
        var type = optional ?? property.PropertyType;
        if (optional is not null && text.Equals(Automatic, StringComparison.OrdinalIgnoreCase))
        {
            property.SetValue(options, null);
            return;
        }

        try
        {
            property.SetValue(options, type.IsEnum ? ReadEnum(type, text) : TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, text));
        }
        catch (Exception error) when (error is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            mistakes.Add($"{path} is '{text}': {Expected(type, error)}{(optional is null ? "" : $" Or {Automatic}.")}");
        }
    }

    private static object ReadEnum(Type type, string text)
    {
        var name = text.Replace("-", "", StringComparison.Ordinal);
        return Enum.GetNames(type).FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } match
            ? Enum.Parse(type, match)
            : throw new FormatException();
    }

    private static string Expected(Type type, Exception error) => type switch
    {
        { IsEnum: true } => $"it must be one of {string.Join(", ", Enum.GetNames(type).Select(OptionNames.Kebab))}.",
        _ when type == typeof(Duration) => $"{error.Message}",
        _ when type == typeof(bool) => "it must be true or false.",
        _ => "it must be a whole number.",
    };
}
