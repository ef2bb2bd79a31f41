using AkiDb.Bridge.Benchmarks;
using AkiDb.Bridge.Benchmarks.Attacks;
using AkiDb.Bridge.Benchmarks.Dotnet;
using AkiDb.Bridge.Benchmarks.Load;
using AkiDb.Bridge.Benchmarks.Parts;
using AkiDb.Bridge.Benchmarks.Peers;
using AkiDb.Bridge.Benchmarks.Queue;
using AkiDb.Bridge.Benchmarks.Routes;
using AkiDb.Bridge.Benchmarks.Storm;

IBenchmark[] benchmarks = [new TokenizeBenchmark(), new OverheadBenchmark(), new FailoverBenchmark(), new EnginesBenchmark(), new PartsBenchmark(), new LoadBenchmark(), new RoutesBenchmark(), new OverloadBenchmark(), new BulkBenchmark(), new RecycleBenchmark(), new PeersBenchmark(), new ScaleBenchmark(), new Qwen3Benchmark(), new StartBenchmark(), new StormBenchmark(), new AttacksBenchmark(), new DotnetBenchmark(), new QueueBenchmark()];

IBenchmark? chosen = Array.Find(benchmarks, benchmark => args.Length > 0 && benchmark.Name == args[0]);
if (chosen is null)
{
    Console.Error.WriteLine("Say what to measure:");
    foreach (IBenchmark benchmark in benchmarks)
    {
        Console.Error.WriteLine($"  {benchmark.Name,-12} {benchmark.Summary}");
    }

    return 2;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupted.Cancel();
};
await chosen.RunAsync(args[1..], interrupted.Token);
return Environment.ExitCode;
