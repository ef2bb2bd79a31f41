using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.Benchmarks.Attacks;

/// <summary>A good client alone, then beside each attack, on a host that may have 1,200 MB.</summary>
internal sealed class AttacksBenchmark : IBenchmark
{
    private const long MemoryLimit = 1_200L << 20;
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Under = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(60);

    public string Name => "attacks";

    public string Summary => "[C1 C2 ...]: a good client's latency alone and under each attack, and the host's memory, in a control group of 1,200 MB";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var figures = new List<AttackFigure>();
        foreach (var attack in AttackList.All(await FindPythonAsync(cancellationToken)).Where(attack => arguments.Length == 0 || arguments.Contains(attack.Name)))
        {
            Console.WriteLine($"{attack.Name}: {attack.What}");
            figures.Add(await RunAsync(attack, cancellationToken));
        }

        Print(figures);
        await BenchFile.WriteJsonAsync(Name, figures, cancellationToken);
    }

    private static async Task<AttackFigure> RunAsync(Attack attack, CancellationToken cancellationToken)
    {
        var (bridge, address) = await LimitedBridge.StartAsync(attack, MemoryLimit, cancellationToken);
        await using (bridge)
        {
            if (!bridge.IsLimited)
            {
                Console.WriteLine("  No control group can be made here: its memory is not limited.");
            }

            using var client = new GoodClient(address);
            await client.RunAsync(Alone, cancellationToken);
            var (alone, _, _, _) = await client.RunAsync(Alone, cancellationToken);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var attackers = new Attackers(address);
            var attacking = Task.Run(() => attack.RunAsync(attackers, end.Token), CancellationToken.None);
            var (under, refused, failed, livez) = await client.RunAsync(Under, cancellationToken);
            await end.CancelAsync();
            await attacking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            attackers.Dispose();
            var peak = bridge.PeakMegabytes;
            await Task.Delay(Afterwards, TimeProvider.System, cancellationToken);
            return new AttackFigure(
                attack.Name, alone.Percentile(50), alone.Percentile(99), under.Percentile(50), under.Percentile(99), refused, failed, livez, peak, bridge.Megabytes, bridge.Lives);
        }
    }

    private static void Print(IEnumerable<AttackFigure> figures)
    {
        var table = new Table("attack", "alone p50 ms", "p99", "under it p50 ms", "p99", "refused", "failed", "livez max ms", "peak MiB", "a minute later", "lives");
        foreach (var figure in figures)
        {
            table.Add(
                figure.Name, $"{figure.AloneP50:F1}", $"{figure.AloneP99:F1}", $"{figure.UnderP50:F1}", $"{figure.UnderP99:F1}", $"{figure.Refused}", $"{figure.Failed}",
                $"{figure.LivezMax:F1}", $"{figure.PeakMegabytes:F0}", $"{figure.AfterMegabytes:F0}", figure.Lives ? "yes" : "NO");
        }

        table.Print("A good client beside one attack after the other");
    }

    private static async Task<string?> FindPythonAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await PythonInterpreter.FindAsync(Environment.GetEnvironmentVariable("AKIDB_EMBEDDING_PYTHON_PATH"), TimeProvider.System, cancellationToken);
        }
        catch (BridgeException)
        {
            return null;
        }
    }
}
