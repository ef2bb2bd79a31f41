using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>AkiDB's own wires while a worker is killed every second: no request fails, no vector is wrong, no process is left.</summary>
public sealed class AkiDbStormTests
{
    private const int Texts = 8;
    private const int GrpcCallers = 4;

    private static readonly TimeSpan BetweenKills = TimeSpan.FromSeconds(1);

    private static TimeSpan Length => Environment.GetEnvironmentVariable("AKIDB_TEST_LONG") is { Length: > 0 } ? TimeSpan.FromSeconds(60) : TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Standard_input_and_output()
    {
        Python.Require();
        await using var akidb = await AkiDbDriver.Start(Impatient).WarmUpAsync();
        await EachAsync(akidb.Process, async (round, _) =>
        {
            int[] indices = Indices(round);
            Reference.MiniLM.Check(await akidb.EmbedAsync(AkiDbDriver.MiniLM, Reference.TextsAt(indices)), indices);
        }, callers: 1);
        Assert.Empty(await akidb.EndAsync());
    }

    [Fact]
    public async Task Attached_programs_and_gRPC_on_one_bridge()
    {
        Python.Require();
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--grpc-port", "0") { Environment = Impatient });
        using var caller = await GrpcCaller.ConnectAsync(host);
        await using var first = await AkiDbDriver.Start(arguments: ["--attach", host.Client.BaseAddress!.ToString()]).WarmUpAsync();
        await using var second = await AkiDbDriver.Start(arguments: ["--attach", host.Client.BaseAddress!.ToString()]).WarmUpAsync();
        await EachAsync(host.Process, async (round, number) =>
        {
            int[] indices = Indices(round + (number * 7));
            var texts = Reference.TextsAt(indices);
            Reference.MiniLM.Check(
                number switch
                {
                    0 => await first.EmbedAsync(AkiDbDriver.MiniLM, texts),
                    1 => await second.EmbedAsync(AkiDbDriver.MiniLM, texts),
                    _ => await caller.VectorsAsync(texts),
                },
                indices);
        }, callers: 2 + GrpcCallers);
        await host.EmptyAsync();
        Assert.Empty(await first.EndAsync());
        Assert.Empty(await second.EndAsync());
    }

    private static Dictionary<string, string?> Impatient => new() { ["AKIDB_BRIDGE__SUPERVISION__BACKOFFMAX"] = "500ms", ["AKIDB_BRIDGE__SUPERVISION__QUARANTINEAFTER"] = "1000" };

    private static int[] Indices(int round) => [.. Enumerable.Range(0, Texts).Select(offset => ((round * Texts) + offset) % Reference.MiniLM.Count)];

    private static async Task EachAsync(BridgeProcess bridge, Func<int, int, Task> ask, int callers)
    {
        using var over = new CancellationTokenSource(Length);
        var (asked, kills) = (0, 0);
        var killing = Task.Run(async () =>
        {
            using var timer = new PeriodicTimer(BetweenKills, TimeProvider.System);
            while (!over.IsCancellationRequested)
            {
                foreach (var pid in bridge.Family().Where(pid => pid != bridge.Pid && ProcessTable.ParentOf(pid) != 1).TakeLast(1))
                {
                    Signals.Send(pid, Signals.Kill);
                    kills++;
                }

                await timer.WaitForNextTickAsync();
            }
        });
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async number =>
        {
            for (var round = 0; !over.IsCancellationRequested; round++)
            {
                await ask(round, number);
                Interlocked.Increment(ref asked);
            }
        }));
        await killing;
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} requests, {kills} kills in {Length}");
        Assert.InRange(kills, (int)Length.TotalSeconds / 4, int.MaxValue);
        Assert.InRange(asked, callers, int.MaxValue);
    }
}
