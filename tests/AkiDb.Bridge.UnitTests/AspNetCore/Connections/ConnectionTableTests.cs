using System.Net;
using AkiDb.Bridge.AspNetCore;
using AkiDb.Bridge.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.AspNetCore.Connections;

public sealed class ConnectionTableTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly ApplicationLifetime lifetime = new(NullLogger<ApplicationLifetime>.Instance);
    private readonly ConnectionTable table;
    private readonly List<string> closed = [];

    public ConnectionTableTests() => table = new ConnectionTable(new ConnectionLimits(3, 2), new ServerDrain(TimeSpan.Zero, lifetime, time), time, NullLogger<ConnectionTable>.Instance);

    public void Dispose() => table.Dispose();

    [Fact]
    public void Newcomer_gets_the_place_of_the_oldest_silent_one_of_the_busiest_address()
    {
        Add("alone", "192.0.2.1");
        time.Advance(TimeSpan.FromSeconds(1));
        Add("first", "192.0.2.9");
        Add("second", "192.0.2.9");
        time.Advance(TimeSpan.FromSeconds(2));

        var newcomer = Add("newcomer", "192.0.2.2");

        Assert.False(newcomer!.IsReserved);
        Assert.Equal(["first"], closed);
    }

    [Fact]
    public void Who_is_being_answered_or_has_just_been_keeps_its_place_and_a_newcomer_may_only_ask_for_health()
    {
        Add("a", "192.0.2.1")!.Begin(isHttp1: true);
        Add("b", "192.0.2.1")!.Begin(isHttp1: true);
        var third = Add("c", "192.0.2.1")!;
        third.Begin(isHttp1: true);
        time.Advance(TimeSpan.FromSeconds(5));
        third.End();

        var newcomer = Add("newcomer", "192.0.2.2")!;

        Assert.True(newcomer.IsReserved);
        Assert.Empty(closed);
        Assert.False(table.TryPromote(newcomer));
    }

    [Fact]
    public void Newcomer_gets_a_place_of_a_crowd_that_has_only_just_come_but_none_of_a_lone_one()
    {
        using var larger = new ConnectionTable(new ConnectionLimits(4, 2), new ServerDrain(TimeSpan.Zero, lifetime, time), time, NullLogger<ConnectionTable>.Instance);
        TrackedConnection? Come(string name, string address) => larger.TryAdd(new Accepted(name, address, closed));
        Come("lone", "192.0.2.1");
        Come("another", "192.0.2.2");
        Come("first of two", "192.0.2.9");
        Come("second of two", "192.0.2.9");

        Assert.False(Come("newcomer", "192.0.2.3")!.IsReserved);
        Assert.Equal(["first of two"], closed);

        Assert.True(Come("late", "192.0.2.4")!.IsReserved);
        Assert.Equal(["first of two"], closed);
    }

    [Fact]
    public async Task Newcomer_waits_for_the_place_of_one_that_is_being_closed()
    {
        var crowd = Enumerable.Range(0, 5).Select(number => Add($"crowd {number}", "192.0.2.9")).ToList();
        var adding = table.AddAsync(new Accepted("newcomer", "192.0.2.2", closed), TestContext.Current.CancellationToken);
        Assert.False(adding.IsCompleted);

        await crowd[0]!.DisposeAsync();

        Assert.False((await adding)!.IsReserved);
    }

    [Fact]
    public async Task Reserved_connection_becomes_an_ordinary_one_when_there_is_room()
    {
        var busy = Enumerable.Range(0, 3).Select(number => Add($"busy {number}", "192.0.2.1")!).ToList();
        busy.ForEach(connection => connection.Begin(isHttp1: true));
        var newcomer = Add("newcomer", "192.0.2.2")!;
        await busy[0].DisposeAsync();

        Assert.True(table.TryPromote(newcomer));
        Assert.False(newcomer.IsReserved);
    }

    [Fact]
    public void When_the_reserve_is_taken_too_there_is_no_place()
    {
        for (var number = 0; number < 5; number++)
        {
            Add($"busy {number}", "192.0.2.1")!.Begin(isHttp1: true);
        }

        Assert.Empty(closed);

        Assert.Null(Add("one too many", "192.0.2.2"));
    }

    [Fact]
    public void No_address_gets_all_places()
    {
        using var large = new ConnectionTable(new ConnectionLimits(64, 8), new ServerDrain(TimeSpan.Zero, lifetime, time), time, NullLogger<ConnectionTable>.Instance);
        for (var number = 0; number < 100; number++)
        {
            if (large.TryAdd(new Accepted($"crowd {number}", "192.0.2.9", closed)) is { } crowd)
            {
                crowd.Begin(isHttp1: true);
                large.TryPromote(crowd);
            }
        }

        var other = large.TryAdd(new Accepted("other", "192.0.2.1", closed));

        Assert.Empty(closed);
        Assert.False(other!.IsReserved);
    }

    [Fact]
    public async Task Address_that_has_all_it_may_have_closes_nobody_and_is_not_waited_for()
    {
        using var large = new ConnectionTable(new ConnectionLimits(64, 8), new ServerDrain(TimeSpan.Zero, lifetime, time), time, NullLogger<ConnectionTable>.Instance);
        for (var number = 0; number < 68; number++)
        {
            large.TryAdd(new Accepted($"crowd {number}", "192.0.2.9", closed))!.Begin(isHttp1: true);
        }

        for (var number = 0; number < 4; number++)
        {
            large.TryAdd(new Accepted($"idle {number}", "192.0.2.1", closed));
        }

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(await large.AddAsync(new Accepted("one too many", "192.0.2.9", closed), TestContext.Current.CancellationToken));
        Assert.Empty(closed);
    }

    [Fact]
    public void Who_sends_no_request_in_time_is_closed_and_who_has_sent_one_is_not()
    {
        var asked = Add("asked", "192.0.2.1")!;
        asked.Begin(isHttp1: true);
        asked.End();
        Add("silent", "192.0.2.1");
        time.Advance(ConnectionTable.FirstRequestDue);
        table.Sweep();
        Assert.Empty(closed);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["silent"], closed.Distinct());
    }

    [Fact]
    public void Host_that_stops_waits_for_answers_but_not_for_requests()
    {
        Add("being answered", "192.0.2.1")!.Begin(isHttp1: true);
        Add("half a request", "192.0.2.1");
        lifetime.StopApplication();
        time.Advance(ConnectionTable.ArrivalGrace);
        Assert.Empty(closed);

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["half a request"], closed.Distinct());
    }

    private TrackedConnection? Add(string name, string address) => table.TryAdd(new Accepted(name, address, closed));

    private sealed class Accepted : DefaultConnectionContext
    {
        private readonly List<string> closed;

        public Accepted(string name, string address, List<string> closed)
            : base(name)
        {
            this.closed = closed;
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1);
            Transport = new Pipes();
        }

        public override void Abort(ConnectionAbortedException abortReason) => closed.Add(ConnectionId);

        private sealed class Pipes : System.IO.Pipelines.IDuplexPipe
        {
            public System.IO.Pipelines.PipeReader Input { get; } = new System.IO.Pipelines.Pipe().Reader;

            public System.IO.Pipelines.PipeWriter Output { get; } = new System.IO.Pipelines.Pipe().Writer;
        }
    }
}
