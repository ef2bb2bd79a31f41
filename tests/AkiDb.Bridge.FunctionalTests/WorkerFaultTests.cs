using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Real workers with the fault kit: what the supervisor finds, and what it says of it.</summary>
public sealed class WorkerFaultTests
{
    // 7592 2088 are the tokens of "hello world".
    private const string Trigger = "hello world";

    private static readonly int[] Few = [0, 1, 2, 3, 300, 600];

    [Theory]
    [InlineData("hang-on-ids=7592+2088", "has not moved")]
    [InlineData("hang-native-on-ids=7592+2088", "did not answer a ping within 00:00:02")]
    [InlineData("die-on-ids=7592+2088", "SIGSEGV")]
    public async Task Input_that_stops_a_worker_is_found_and_its_size_is_in_the_dossier(string fault, string reason)
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(Faulty(
            fault, "--set", "Supervision:PingInterval=200ms", "--set", "Supervision:PingTimeout=2s", "--set", "Supervision:StallTimeout=2s"));
        var asking = host.PostAsync(new { inputs = new[] { Trigger } });
        var crash = (await host.SlotAsync(slot => slot.LastCrash is not null, "the worker was ended")).LastCrash!;
        Assert.Contains(reason, crash.Reason, StringComparison.Ordinal);
        Assert.Equal(1, crash.Texts);
        using var answer = await asking;
        Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        await host.SlotAsync(slot => slot.State == "ready", "a worker is back");
    }

    [Fact]
    public async Task Worker_that_is_stopped_while_it_loads_is_found_long_before_it_would_be_overdue()
    {
        Python.Require();
        await using var host = await BridgeHost.StartAsync(Faulty("slow-start=3600", "--set", "Supervision:PingInterval=100ms", "--set", "Supervision:PingTimeout=500ms"));
        var before = (await host.SlotAsync(slot => slot is { State: "loading", Pid: not null }, "a worker loads")).Pid!.Value;
        Signals.Send(before, Signals.Stop);
        var crash = (await host.SlotAsync(slot => slot.LastCrash is not null, "the worker was ended", TimeSpan.FromSeconds(30))).LastCrash!;
        Assert.Contains("was stopped while it loaded its model", crash.Reason, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => !ProcessTable.IsAlive(before), "it is gone", () => ProcessTable.CommandLine(before));
        await host.SlotAsync(slot => slot.State == "loading" && slot.Pid != before, "the next one loads");
    }

    [Fact]
    public async Task Worker_that_leaks_is_replaced_before_it_is_too_large()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(Faulty(
            "leak=50000000", "--fallback", "off", "--set", "Supervision:PingInterval=100ms", "--set", "Supervision:RecycleMemory=700000000"));
        await host.SlotAsync(slot => slot.MemoryBytes is not null, "its memory is known");
        await host.EmbedUntilAsync(
            new { inputs = Reference.TextsAt(Few) }, answer => Reference.MiniLM.Check(answer.Vectors, Few), _ => host.Log.Contains("was replaced"), "it is replaced");
        await host.Log.WaitForAsync("bytes of memory (RecycleMemory is 700000000)");
        Assert.Null((await host.StatusAsync()).Workers[0].LastCrash);
        Assert.Equal(0, host.Log.Count("worker:0 ended"));
    }

    private static HostSettings Faulty(string fault, params string[] arguments) => new(arguments)
    {
        Environment = new Dictionary<string, string?> { ["AKIDB_WORKER_FAULTS"] = fault, ["DOTNET_ENVIRONMENT"] = "Development" },
    };
}
