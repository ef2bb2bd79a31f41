namespace AkiDb.Bridge.UnitTests.Architecture;

/// <summary>Which room a type of the bridge belongs to: its folder, or its part of the root.</summary>
internal static class Room
{
    public const string Contracts = "(contracts)";
    public const string Composition = "(composition)";

    private const string Root = "AkiDb.Bridge";

    // The types of the root that compose the rooms. Every other type of the root is a contract and may know contracts only.
    private static readonly HashSet<string> Composing =
    [
        "EmbeddingBridge", "ModelBridge", "BridgeRuntime", "ServedModel", "RequestPlan", "RequestVectors", "TokenizedInputs", "BridgeHealthReport",
        "BridgeServiceCollectionExtensions", "BridgeOptions", "ModelOptions", "FurtherModelsOptions",
        "ModelRuntime", "ModelEngines", "ModelFront", "HostedModel", "ModelRegistry", "ModelLoader", "ModelChanges", "ModelReload", "NamedLoggers", "Log",
    ];

    /// <summary>The room; null for what the compiler makes without a namespace, such as anonymous types.</summary>
    public static string? Of(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type switch
        {
            { Namespace: Root, Name: "BridgeEndpointRouteBuilderExtensions" } => "Http",
            { Namespace: Root } => Composing.Contains(type.Name) ? Composition : Contracts,
            { Namespace: { } name } when name.StartsWith(Root + ".", StringComparison.Ordinal) => name[(Root.Length + 1)..],
            _ => null,
        };
    }

    /// <summary>Options, and the public enums that are their values, stand in their rooms, but are known to whoever reads the configuration.</summary>
    public static bool IsOptions(Type type) => type.Name.EndsWith("Options", StringComparison.Ordinal) || type is { IsEnum: true, IsPublic: true };
}
