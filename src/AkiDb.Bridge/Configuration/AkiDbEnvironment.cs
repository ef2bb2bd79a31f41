using Microsoft.Extensions.Configuration;

namespace AkiDb.Bridge.Configuration;

/// <summary>The environment variables that AkiDB already has, and the bridge's own <c>AKIDB_BRIDGE__*</c>.</summary>
public static class AkiDbEnvironment
{
    private static readonly (string Variable, string Key)[] Names =
    [
        ("AKIDB_EMBEDDING_PROVIDER", "Provider"),
        ("AKIDB_EMBEDDING_MODEL", "Model"),
        ("AKIDB_EMBEDDING_PYTHON_PATH", "Worker:PythonPath"),
        ("AKIDB_HOST", "Http:Host"),
        ("AKIDB_REST_PORT", "Http:Port"),
    ];

    /// <summary>Adds both kinds; <c>AKIDB_BRIDGE__*</c> wins over the others.</summary>
    /// <param name="builder">The configuration being built.</param>
    public static IConfigurationBuilder AddAkiDbEnvironment(this IConfigurationBuilder builder)
    {
        var values = Names
            .Select(name => (name.Key, Value: Environment.GetEnvironmentVariable(name.Variable)))
            .Where(pair => !string.IsNullOrEmpty(pair.Value))
            .ToDictionary(pair => $"{BridgeOptions.Section}:{pair.Key}", pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            const string Prefix = "AKIDB_BRIDGE__";
            if (variable.Key is string key && key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                values[$"{BridgeOptions.Section}:{key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal)}"] = (string?)variable.Value;
            }
        }

        return builder.AddInMemoryCollection(values);
    }
}
