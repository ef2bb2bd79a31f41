using AkiDb.Bridge;

namespace Microsoft.Extensions.Configuration;

/// <summary>The environment variables that AkiDB already has, and the bridge's own <c>AKIDB_BRIDGE__*</c>.</summary>
public static class AkiDbEnvironmentExtensions
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
    public static IConfigurationBuilder AddAkiDbEnvironment(this IConfigurationBuilder builder) => AddVariables(builder, Names);

    /// <summary>Adds them for a program that listens, with what counts for no other.</summary>
    internal static IConfigurationBuilder AddAkiDbServerEnvironment(this IConfigurationBuilder builder) => AddVariables(builder, [.. Names, ("AKIDB_GRPC_PORT", "Http:GrpcPort")]);

    private static IConfigurationBuilder AddVariables(IConfigurationBuilder builder, (string Variable, string Key)[] names)
    {
        var values = names
            .Select(name => (name.Key, Value: Environment.GetEnvironmentVariable(name.Variable)))
            .Where(pair => !string.IsNullOrEmpty(pair.Value) && !IsKubernetesLink(pair.Key, pair.Value))
            .Select(pair => KeyValuePair.Create($"{BridgeOptions.Section}:{pair.Key}", pair.Value));
        return builder.AddInMemoryCollection(values).AddBridgeVariables();
    }

    /// <summary>Adds <c>AKIDB_BRIDGE__*</c> only: for a program whose environment is AkiDB's own.</summary>
    internal static IConfigurationBuilder AddBridgeVariables(this IConfigurationBuilder builder)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
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

    // For a service called akidb-rest Kubernetes sets AKIDB_REST_PORT=tcp://10.0.0.7:8080 in every container: nobody has asked for a port.
    private static bool IsKubernetesLink(string key, string value) => key.EndsWith("Port", StringComparison.Ordinal) && value.Contains("://", StringComparison.Ordinal);
}
