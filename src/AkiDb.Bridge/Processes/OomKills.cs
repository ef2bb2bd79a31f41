using System.Globalization;

namespace AkiDb.Bridge.Processes;

/// <summary>How many processes the kernel has killed for want of memory: in this host's control group where it counts, else on the machine.</summary>
internal static class OomKills
{
    /// <summary>The count so far; null where the system does not tell.</summary>
    public static long? Read()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        return Candidates(TryRead("/proc/self/cgroup") ?? "").Select(TryRead).OfType<string>().Select(Parse).FirstOrDefault(count => count is not null);
    }

    /// <summary>The files that may hold the count, best first.</summary>
    /// <param name="groups">The content of <c>/proc/self/cgroup</c>.</param>
    public static IEnumerable<string> Candidates(string groups)
    {
        foreach (var line in groups.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // A group outside of what is to be seen here counts nowhere here, and the group that is to be seen in its place counts others.
            if (line.Split(':', 3) is not [_, var controllers, var path] || path.StartsWith("/..", StringComparison.Ordinal))
            {
                continue;
            }

            // Within a container the path may be the host's, which is not to be seen there: the mount's root is the container's group then.
            if (controllers.Split(',').Contains("memory"))
            {
                yield return $"/sys/fs/cgroup/memory{path.TrimEnd('/')}/memory.oom_control";
                yield return "/sys/fs/cgroup/memory/memory.oom_control";
            }
            else if (controllers.Length == 0)
            {
                yield return $"/sys/fs/cgroup{path.TrimEnd('/')}/memory.events";
                yield return "/sys/fs/cgroup/memory.events";
            }
        }

        yield return "/proc/vmstat";
    }

    /// <summary>The number behind <c>oom_kill</c>; null without one.</summary>
    public static long? Parse(string content) => content.Split('\n')
        .Select(line => line.Split(' '))
        .Where(words => words is ["oom_kill", _])
        .Select(words => long.TryParse(words[1], CultureInfo.InvariantCulture, out var count) ? count : (long?)null)
        .FirstOrDefault();

    private static string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
