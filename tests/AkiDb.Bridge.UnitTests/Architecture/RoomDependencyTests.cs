namespace AkiDb.Bridge.UnitTests.Architecture;

/// <summary>Which room may know which. The path of a request runs from left to right, and nothing points back.</summary>
public sealed class RoomDependencyTests
{
    private static readonly string[] Everywhere = [Room.Contracts, "Models", "Telemetry"];

    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Http"] = [Room.Composition, "Configuration"],
        [Room.Composition] =
            ["Configuration", "Supervision", "Tokenizing", "Admission", "Batching", "Dispatch", "Workers", "Onnx", "Engines", "Protocol"],
        ["Configuration"] = [Room.Composition],
        ["Supervision"] = ["Workers", "Engines", "Protocol"],
        ["Tokenizing"] = ["Admission", "Batching", "Dispatch", "Workers", "Onnx", "Engines", "Protocol"],
        ["Admission"] = ["Batching", "Dispatch", "Workers", "Onnx", "Engines", "Protocol"],
        ["Batching"] = ["Dispatch", "Workers", "Onnx", "Engines", "Protocol"],
        ["Dispatch"] = ["Workers", "Onnx", "Engines", "Protocol"],
        ["Workers"] = ["Engines", "Protocol"],
        ["Onnx"] = ["Engines", "Protocol"],
        ["Engines"] = ["Protocol"],
        ["Protocol"] = [],
        ["Models"] = [],
        ["Telemetry"] = [],
        [Room.Contracts] = [],
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

        Assert.Equal("", string.Join(Environment.NewLine, forbidden.Distinct()));
    }

    [Fact]
    public void Method_bodies_are_looked_into()
    {
        // Router is only named within an asynchronous method, whose body lives in a nested type.
        var known = typeof(AkiDb.Bridge.Dispatch.SeatFinder).Assembly.GetTypes()
            .Where(type => type == typeof(AkiDb.Bridge.Dispatch.SeatFinder) || type.DeclaringType == typeof(AkiDb.Bridge.Dispatch.SeatFinder))
            .SelectMany(TypeReferences.Of);

        Assert.Superset(
            new HashSet<Type> { typeof(AkiDb.Bridge.Dispatch.Router), typeof(AkiDb.Bridge.Workers.WorkerLease), typeof(AkiDb.Bridge.Dispatch.Seat) },
            known.ToHashSet());
    }

    [Fact]
    public void Every_room_is_in_the_table() => Assert.Empty(
        typeof(BridgeOptions).Assembly.GetTypes().Select(Room.Of).OfType<string>().Distinct().Except(MayKnow.Keys));

    private static bool Allows(string room, string target, Type type) =>
        Everywhere.Contains(target) && room != Room.Contracts
        || MayKnow[room].Contains(target) && (room != "Configuration" || Room.IsOptions(type))
        || Room.IsOptions(type) && room is Room.Composition or "Configuration";
}
