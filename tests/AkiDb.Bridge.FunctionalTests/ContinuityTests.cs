using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>Callers in a closed loop while the only worker is killed again and again: nobody notices but for <c>served_by</c>.</summary>
public sealed class ContinuityTests
{
    private const int Callers = 8;
    private const int LeastKills = 3;
    private static readonly int[] Few = [.. Enumerable.Range(0, 16)];

    [Fact]
    public async Task Eight_callers_lose_nothing_while_the_worker_is_killed_again_and_again()
    {
        Python.Require();
        var (length, pause) = int.TryParse(Environment.GetEnvironmentVariable("AKIDB_TEST_SOAK_SECONDS"), CultureInfo.InvariantCulture, out var seconds)
            ? (TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(5))
            : (TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(2));
        await using var host = await BridgeHost.StartWithWorkerAsync(new HostSettings("--set", "Supervision:BackOffMax=500ms"));
        using var over = new CancellationTokenSource();
        var answers = new ConcurrentBag<EmbedAnswer>();
        var callers = Enumerable.Range(0, Callers).Select(caller => CallAsync(host, caller, answers, over.Token)).ToList();
        var kills = await KillAsync(host, length, pause, Task.WhenAll(callers));
        await over.CancelAsync();
        await Task.WhenAll(callers);
        Assert.InRange(kills, LeastKills, int.MaxValue);
        Assert.Equal(["in-process", "worker:0"], answers.SelectMany(answer => answer.ServedBy.Split(',')).Distinct().Order());
        Assert.All(answers, answer => Assert.Equal(answer.ServedBy != "worker:0", answer.Degraded));
        TestContext.Current.TestOutputHelper?.WriteLine($"{answers.Count} requests, {kills} kills");
    }

    // Every answer is checked where it arrives; a failed request fails the test.
    private static async Task CallAsync(BridgeHost host, int caller, ConcurrentBag<EmbedAnswer> answers, CancellationToken over)
    {
        for (var round = caller; !over.IsCancellationRequested; round++)
        {
            var indices = Few.Select(offset => ((round * Few.Length) + offset) % Reference.MiniLM.Count).ToArray();
            var answer = await host.EmbedAsync(Reference.TextsAt(indices));
            Reference.MiniLM.Check(answer.Vectors, indices);
            answers.Add(answer with { Vectors = [] });
        }
    }

    // A slow machine gets the time that it needs for a few kills; a failed caller ends the test at once.
    private static async Task<int> KillAsync(BridgeHost host, TimeSpan length, TimeSpan pause, Task callers)
    {
        var (kills, last) = (0, 0);
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(pause);
        while (!callers.IsCompleted && (Stopwatch.GetElapsedTime(started) < length || (kills < LeastKills && Stopwatch.GetElapsedTime(started) < 2 * Eventually.Patience)))
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            if ((await host.ReadinessAsync()).Worker is { State: "ready", Pid: { } pid } && pid != last)
            {
                Signals.Send(pid, Signals.Kill);
                (kills, last) = (kills + 1, pid);
            }
        }

        return kills;
    }
}
