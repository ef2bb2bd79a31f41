using System.Globalization;

namespace AkiDb.Bridge.Host.Doctor;

/// <summary>Threads against the processors that this program may use.</summary>
internal static class ThreadCheck
{
    private const string Name = "threads";

    /// <param name="workers">Worker processes.</param>
    /// <param name="threads">Threads of each; 0 shares the processors out.</param>
    /// <param name="allowed">The processors that this program may use, after affinity and control group.</param>
    /// <param name="machine">The processors of the machine.</param>
    /// <param name="ompThreads">The value of <c>OMP_NUM_THREADS</c>, which wins; null where it is not set.</param>
    public static Check Of(int workers, int threads, int allowed, int machine, string? ompThreads)
    {
        var ofEach = threads > 0 ? threads : Math.Max(1, allowed / workers);
        var limit = allowed < machine ? $"{allowed} of {machine} processors (a control group or an affinity takes the others)" : Many(allowed, "processor");
        if (int.TryParse(ompThreads, NumberStyles.None, CultureInfo.InvariantCulture, out var omp) && omp * workers > allowed)
        {
            return Check.Warn(Name, $"OMP_NUM_THREADS={omp} gives {Many(workers, "worker")} more threads than there are processors: {limit}.", "Unset OMP_NUM_THREADS, or make it smaller.");
        }

        return ofEach * workers > allowed
            ? Check.Warn(Name, $"{Many(workers, "worker")} with {Many(ofEach, "thread")} each are more than there are processors: {limit}. They take turns, which is slower than fewer.", "Set Supervision:Workers or Worker:Threads to less.")
            : Check.Pass(Name, $"{Many(workers, "worker")} with {Many(ofEach, "thread")}{(workers == 1 ? "" : " each")} on {limit}");
    }

    private static string Many(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
