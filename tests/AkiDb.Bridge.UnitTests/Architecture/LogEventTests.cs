using System.Reflection;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.Host.Logging;
using AkiDb.Bridge.Queue;
using Microsoft.Extensions.Logging;

namespace AkiDb.Bridge.UnitTests.Architecture;

public sealed class LogEventTests
{
    private static readonly (string Name, int Id)[] Events =
    [
        .. from assembly in new[] { typeof(BridgeOptions).Assembly, typeof(HttpOptions).Assembly, typeof(QueueOptions).Assembly, typeof(LogEvents).Assembly }
           from type in assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
           let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
           where attribute is not null
           select ($"{type.FullName}.{method.Name}", attribute.EventId),
        .. from field in typeof(LogEvents).GetFields() select ($"{typeof(LogEvents).FullName}.{field.Name}", (int)field.GetRawConstantValue()!),
    ];

    [Fact]
    public void Event_ids_are_unique()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(Events.GroupBy(one => one.Id).Where(group => group.Count() > 1).Select(group => string.Join(", ", group)));
    }

    // Windows' event log keeps 16 bits; .NET's own messages have lower ones.
    [Fact]
    public void Every_message_has_an_id_that_the_event_log_can_keep() => Assert.All(Events, one => Assert.InRange(one.Id, 1001, ushort.MaxValue));

    [Fact]
    public void Every_room_has_its_own_thousand() => Assert.All(
        Events.GroupBy(one => one.Id / 1000), thousand => Assert.Single(thousand.Select(one => one.Name[..one.Name.LastIndexOf('.')]).Distinct()));
}
