using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Configuration;

/// <summary>A part of the section <c>Bridge</c> that belongs to another assembly. Its mistakes are reported together with all others, and its changes too.</summary>
internal interface IOptionsSection
{
    /// <summary>Its name within <c>Bridge</c>.</summary>
    string Name { get; }

    /// <summary>Reads it, and adds a sentence for each mistake.</summary>
    /// <returns>Every value by its name.</returns>
    IEnumerable<KeyValuePair<string, object?>> Read(IConfigurationSection section, ICollection<string> mistakes);
}
