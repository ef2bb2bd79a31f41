using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Benchmarks;

/// <summary>The processor time of a process: on a machine that other work keeps busy it says more than the clock on the wall.</summary>
internal static partial class EnginesCpuClock
{
    private const int ProcessClock = 2;

    /// <summary>All threads of a process so far.</summary>
    /// <param name="process">Its id.</param>
    public static TimeSpan Of(int process)
    {
        if (!OperatingSystem.IsLinux())
        {
            using var other = Process.GetProcessById(process);
            return other.TotalProcessorTime;
        }

        // Other clocks of another process count in steps of 10 ms.
        return GetTime((~process << 3) | ProcessClock, out var time) == 0
            ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
            : throw new InvalidOperationException($"The processor time of the process {process} cannot be read; has it ended?");
    }

    /// <summary>Runs something in this process and says what it took.</summary>
    public static async Task<EnginesTiming> MeasureAsync(Func<Task> run)
    {
        var cpu = Of(Environment.ProcessId);
        var started = Stopwatch.GetTimestamp();
        await run();
        var wall = Stopwatch.GetElapsedTime(started);
        return new(wall, Of(Environment.ProcessId) - cpu);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpecification time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
