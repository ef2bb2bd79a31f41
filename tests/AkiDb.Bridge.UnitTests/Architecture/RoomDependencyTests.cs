namespace AkiDb.Bridge.UnitTests.Architecture;

/// <summary>Which rooms each room knows: the path of a request runs from a row to what stands behind it, and nothing points back.</summary>
public sealed class RoomDependencyTests
{
    private static readonly string[] Everywhere = [Room.Contract, "Models", "Diagnostics"];

    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Hosting"] =
            ["Configuration", "Requests", "Supervision", "Processes", "Hub", "Tokenizing", "Admission", "Batching", "Dispatch", "Workers", "Onnx", "StaticEmbeddings", "Engines", "Protocol"],
        ["Configuration"] = [],
        ["Generation"] = ["Configuration"],
        ["Health"] = [],
        ["Requests"] = ["Tokenizing", "Admission", "Batching", "Dispatch", "Engines"],
        ["Supervision"] = ["Processes", "Workers", "Protocol"],
        ["Processes"] = [],
        ["Tokenizing"] = [],
        ["Admission"] = ["Batching"],
        ["Batching"] = ["Dispatch", "Engines"],
        ["Dispatch"] = ["Workers", "Engines"],
        ["Workers"] = ["Engines", "Protocol"],
        ["Onnx"] = ["Engines"],
        ["StaticEmbeddings"] = ["Engines"],
        ["Engines"] = [],
        ["Protocol"] = [],
        ["Pickles"] = [],
        ["Hub"] = [],
        ["Models"] = [],
        ["Diagnostics"] = [],
        // What the status tree says of a model, callers read.
        [Room.Contract] = ["Diagnostics"],
    };

    [Fact]
    public void Every_room_knows_only_what_it_may()
    {
        var forbidden =
            from type in typeof(BridgeOptions).Assembly.GetTypes()
            let room = Room.Of(type)
            where room is not null
            from other in TypeReferences.Of(type)
            let target = Room.Of(other)
            where target is not null && target != room && !Allows(room, target, other)
            select $"{room}: {type.FullName} knows {other.FullName} of {target}";

        var found = forbidden.Distinct().ToList();
        Assert.True(found.Count == 0, string.Join(Environment.NewLine, found));
    }

    [Fact]
    public void Method_bodies_are_looked_into()
    {
        // Router is only named within an asynchronous method, whose body lives in a nested type.
        var known = typeof(AkiDb.Bridge.Dispatch.EngineSelector).Assembly.GetTypes()
            .Where(type => type == typeof(AkiDb.Bridge.Dispatch.EngineSelector) || type.DeclaringType == typeof(AkiDb.Bridge.Dispatch.EngineSelector))
            .SelectMany(TypeReferences.Of);

        Assert.Superset(
            new HashSet<Type> { typeof(AkiDb.Bridge.Dispatch.Router), typeof(AkiDb.Bridge.Workers.WorkerLease), typeof(AkiDb.Bridge.Dispatch.EngineLease) },
            known.ToHashSet());
    }

    [Fact]
    public void Every_room_is_in_the_table() => Assert.Empty(
        typeof(BridgeOptions).Assembly.GetTypes().Select(Room.Of).OfType<string>().Distinct().Except(MayKnow.Keys));

    private static bool Allows(string room, string target, Type type) =>
        (Everywhere.Contains(target) && room != Room.Contract) || MayKnow[room].Contains(target) || Room.IsOptions(type);
}
