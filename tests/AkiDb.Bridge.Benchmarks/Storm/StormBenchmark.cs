using System.Globalization;
using AkiDb.Bridge.Chaos;
using AkiDb.Bridge.Chaos.Storm;

namespace AkiDb.Bridge.Benchmarks.Storm;

/// <summary>A storm against a bridge that runs on this machine. What <c>scripts/storm</c> starts.</summary>
internal sealed class StormBenchmark : IBenchmark
{
    private static readonly TimeSpan FaultEvery = TimeSpan.FromSeconds(1.5);

    public string Name => "storm";

    public string Summary => "URL SECONDS [CALLERS [SEED]]: callers that leave, repeat themselves and come back, while workers die and freeze; every request is accounted for";

    /// <inheritdoc/>
    public async Task RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var seconds = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var callers = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 48;
        var seed = arguments.Length > 3 ? int.Parse(arguments[3], CultureInfo.InvariantCulture) : Random.Shared.Next();
        Console.WriteLine($"{callers} callers for {seconds} s, seed {seed}");
        var settings = new ChaosSettings(
            new Uri(arguments[0]), TimeSpan.FromSeconds(seconds), FaultEvery, callers, Enum.GetValues<Fault>(), null, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(90), seed);
        var verdict = await new StormRun(settings, TimeProvider.System).RunAsync(cancellationToken);
        Console.WriteLine(verdict);
        Environment.ExitCode = verdict.Passed ? 0 : 1;
    }
}
