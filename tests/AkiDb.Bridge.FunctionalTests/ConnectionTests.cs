using System.Net.Sockets;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Connections that hold what others need.</summary>
public sealed class ConnectionTests
{
    private const string Livez = "GET /livez HTTP/1.1";
    private const string Embed = "POST /api/v1/embed HTTP/1.1\nContent-Type: application/json";

    [Fact]
    public async Task Silent_connections_keep_nobody_waiting()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var silent = new List<RawConnection>();
        try
        {
            for (var number = 0; number < 1_000; number++)
            {
                silent.Add(await RawConnection.OpenAsync(host, "127.0.0.66"));
            }

            await Eventually.TrueAsync(() => ProcessTable.Descriptors(host.Process.Pid) > 1_000, "all of them are open", host.Process.Evidence);
            Assert.Equal(200, (await RawConnection.AskAsync(host, Livez)).Status);
            Assert.Equal(200, (await RawConnection.AskAsync(host, Embed, """{"inputs": ["a"]}""")).Status);

            // Nobody has to send anything to be rid of them.
            await Eventually.TrueAsync(() => ProcessTable.Descriptors(host.Process.Pid) < 500, "they are closed", host.Process.Evidence, TimeSpan.FromSeconds(30));
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    public async Task Two_thousand_connections_of_many_addresses_with_half_a_request_each_keep_nobody_out()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        var halves = new List<RawConnection>();
        var statuses = new List<int>();
        try
        {
            for (var number = 0; number < 2_000; number++)
            {
                try
                {
                    halves.Add(await RawConnection.OpenAsync(host, $"127.0.{1 + (number % 200)}.1"));
                    await halves[^1].SendAsync("POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Le");
                }
                catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
                {
                    // It made room for somebody already.
                }

                if (number % 100 == 99)
                {
                    statuses.Add((await RawConnection.AskAsync(host, Embed, """{"inputs": ["a"]}""")).Status);
                }
            }
        }
        finally
        {
            halves.ForEach(connection => connection.Dispose());
        }

        Assert.Equal(Enumerable.Repeat(200, 20), statuses);
    }

    [Fact]
    public async Task When_every_connection_is_being_answered_health_routes_still_answer_and_others_say_so()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Http:MaxConnections=4"));
        var busy = new List<RawConnection>();
        try
        {
            for (var number = 0; number < 4; number++)
            {
                // The host asks for the body, which never comes.
                busy.Add(await RawConnection.OpenAsync(host, "127.0.0.66"));
                await busy[^1].SendAsync($"{Embed.ReplaceLineEndings("\r\n")}\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
                Assert.StartsWith("HTTP/1.1 100 ", await busy[^1].ReadSomeAsync(), StringComparison.Ordinal);
            }

            (await RawConnection.AskAsync(host, "GET /api/v1/models HTTP/1.1")).CheckProblem(503, "too_many_connections", "MaxConnections");
            Assert.Equal(200, (await RawConnection.AskAsync(host, Livez)).Status);
        }
        finally
        {
            busy.ForEach(connection => connection.Dispose());
        }
    }

    [Theory]
    [InlineData(256)]
    [InlineData(1_024)]
    public async Task Limit_of_descriptors_is_no_end_of_the_host(int limit)
    {
        using var program = new LimitedProgram($"ulimit -n {limit}");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Path });
        var silent = new List<RawConnection>();
        try
        {
            for (var number = 0; number < limit; number++)
            {
                try
                {
                    silent.Add(await RawConnection.OpenAsync(host, "127.0.0.66"));
                }
                catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // Closed at once, as it should be: sometimes before the system has told this side that it was open.
                }
            }

            Assert.Equal(200, (await RawConnection.AskAsync(host, Livez)).Status);
            Assert.Equal(200, (await RawConnection.AskAsync(host, Embed, """{"inputs": ["a"]}""")).Status);
            Assert.InRange(ProcessTable.Descriptors(host.Process.Pid), 1, limit - 16);
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }
    }

    [Theory]
    [InlineData("POST /api/v1/em")]
    [InlineData("POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"inputs\": [\"a\"")]
    [InlineData("POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"inputs\"")]
    public async Task Host_that_is_stopped_does_not_wait_for_a_request_that_has_not_arrived(string half)
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock"));
        using var connection = await RawConnection.OpenAsync(host);
        await connection.SendAsync(half);
        Assert.Equal(200, (await RawConnection.AskAsync(host, Livez)).Status);

        Assert.Equal(0, await host.StopAsync(TimeSpan.FromSeconds(10)));
    }
}
