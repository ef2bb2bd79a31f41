using System.Net;
using System.Net.Sockets;
using System.Text;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>What a running server does when it is sent a signal.</summary>
public sealed class SignalTests
{
    // Starts the program in a terminal of its own, waits until it listens, and hangs up.
    private const string HangUp = """
        import os, pty, sys
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        said = b""
        while b"Now listening on" not in said:
            said += os.read(terminal, 4096)
        os.close(terminal)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """;

    [Fact]
    public async Task Hang_up_without_a_terminal_reads_the_configuration_again_and_goes_on()
    {
        Signals.RequireHeeded(Signals.HangUp);
        using var program = new ProgramCopy();
        program.WriteText("{}");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Executable });
        program.WriteText("""{"Bridge": {"Models": {"further": {"Model": "no/such-model"}}}}""");
        Signals.Send(host.Process.Pid, Signals.HangUp);
        await host.Log.WaitForAsync("'no/such-model' is not served");
        Assert.Equal(0, host.Log.Count("cannot be read"));
        Assert.Single((await host.EmbedAsync("a")).Vectors);
        Assert.Equal(0, await host.StopAsync());
    }

    [Fact]
    public async Task Termination_is_heard_though_whoever_started_the_host_blocked_it()
    {
        using var program = new LimitedProgram($"exec env --block-signal=TERM '{BridgeProcess.Executable}' \"$@\"");
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock") { Program = program.Path });
        Assert.Equal(0, await host.StopAsync());
    }

    [Fact]
    public async Task Hang_up_of_the_terminal_stops_as_a_termination_does()
    {
        Signals.RequireHeeded(Signals.HangUp);
        await using var terminal = BridgeProcess.Start("-c", new HostSettings(HangUp, BridgeProcess.Executable, "serve", "--provider", "mock", "--port", "0") { Program = "/usr/bin/python3" });
        Assert.True(await terminal.WaitForExitAsync() == 0, terminal.Evidence());
        Assert.Equal(["0"], terminal.Output.Lines);
    }

    [Fact]
    public async Task Second_termination_does_not_wait_for_who_is_still_being_answered()
    {
        await using var host = await BridgeHost.StartAsync(new HostSettings("--provider", "mock", "--set", "Dispatch:Timeout=10m"));
        using var slow = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var body = $$"""{"inputs": [{{string.Join(',', Enumerable.Range(0, 2048).Select(index => $"\"{index}\""))}}], "timeout": "9m"}""";
        await slow.SendAsync(Encoding.ASCII.GetBytes($"POST /api/v1/embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"), TestContext.Current.CancellationToken);

        // The answer has begun, and will not be read.
        Assert.NotEqual(0, await slow.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken));
        Signals.Send(host.Process.Pid, Signals.Terminate);
        await host.Log.WaitForAsync("Application is shutting down");
        Signals.Send(host.Process.Pid, Signals.Terminate);
        Assert.Equal(0, await host.StopAsync());
    }
}
