using System.Diagnostics;
using System.Globalization;

namespace AkiDb.Bridge.UnitTests.Exploration;

/// <summary>Runs a scenario under many schedules. AKIDB_SCHEDULES says how many (default 10,000), AKIDB_SCHEDULE_SEED where they begin: one that failed is run again alone.</summary>
internal static class ScheduleExplorer
{
    private const int Default = 10_000;
    private const int Repeated = 200;

    /// <param name="scenario">Offers the first steps, runs the schedule and checks its end.</param>
    public static void Explore(Action<Schedule> scenario)
    {
        var first = Setting("AKIDB_SCHEDULE_SEED", 1);
        var count = Setting("AKIDB_SCHEDULES", Default);
        var started = Stopwatch.GetTimestamp();
        Schedule? failed = null;
        var tried = 0;
        RunOnThread(() =>
        {
            while (tried < count && failed is null)
            {
                var schedule = Try(scenario, first + tried++);
                failed = schedule.Failure is null ? null : schedule;
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{tried} schedules from seed {first} in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s.");
        Assert.True(failed is null, $"Schedule {tried}, AKIDB_SCHEDULE_SEED={failed?.Seed}: {failed?.Failure}{Environment.NewLine}{failed?.Trace}");
    }

    /// <summary>Runs each of some schedules twice: a failure that its seed does not bring back is of no use.</summary>
    public static void Repeat(Action<Schedule> scenario)
    {
        var traces = new List<(string First, string Second)>();
        RunOnThread(() =>
        {
            for (var seed = 1; seed <= Repeated; seed++)
            {
                traces.Add((Try(scenario, seed).Trace, Try(scenario, seed).Trace));
            }
        });
        Assert.Equal(Repeated, traces.Count);
        Assert.All(traces, trace => Assert.Equal(trace.First, trace.Second));
    }

    // A thread of its own has no context that continuations would be sent to: they run in the step that completes what they wait for.
    private static void RunOnThread(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        thread.Join();
    }

    private static Schedule Try(Action<Schedule> scenario, int seed)
    {
        var schedule = new Schedule(seed);
        try
        {
            scenario(schedule);
        }
        catch (Exception error)
        {
            schedule.Check(false, error.ToString());
        }

        return schedule;
    }

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
