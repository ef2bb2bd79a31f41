using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>A configuration that can be written while it is in use, as a file can.</summary>
internal sealed class WritableConfiguration : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Sets values of the section Bridge, null removing one, and tells whoever watches.</summary>
    public void Write(IEnumerable<(string Key, string? Value)> values)
    {
        var data = new Dictionary<string, string?>(Data, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in values)
        {
            data[$"Bridge:{key}"] = value;
        }

        Data = data.Where(pair => pair.Value is not null).ToDictionary(StringComparer.OrdinalIgnoreCase);
        OnReload();
    }
}
