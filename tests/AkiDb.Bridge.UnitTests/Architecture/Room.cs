namespace AkiDb.Bridge.UnitTests.Architecture;

/// <summary>Which room a type of the bridge belongs to: its namespace says it.</summary>
internal static class Room
{
    /// <summary>The root: what a caller sees, and nothing else.</summary>
    public const string Contract = "(contract)";

    private const string Root = "AkiDb.Bridge";

    /// <summary>The room; null for what the compiler makes without a namespace, and for extension classes, which live in the namespace of what they extend.</summary>
    public static string? Of(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type.Namespace switch
        {
            Root => Contract,
            { } name when name.StartsWith(Root + ".", StringComparison.Ordinal) => name[(Root.Length + 1)..],
            _ => null,
        };
    }

    /// <summary>Options, and the public enums that are their values, stand in their rooms, but are known to whoever reads the configuration.</summary>
    public static bool IsOptions(Type type) => type.Name.EndsWith("Options", StringComparison.Ordinal) || type is { IsEnum: true, IsPublic: true };
}
