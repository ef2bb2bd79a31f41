using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Configuration;

/// <summary>What must hold of every section.</summary>
internal static class ConfigurationSections
{
    /// <summary>Adds a mistake if a single value stands where a section must be.</summary>
    public static void Expect(IConfigurationSection section, ICollection<string> mistakes)
    {
        if (section.Value is { Length: > 0 })
        {
            mistakes.Add($"{section.Path} is a section, not a single value.");
        }
    }
}
