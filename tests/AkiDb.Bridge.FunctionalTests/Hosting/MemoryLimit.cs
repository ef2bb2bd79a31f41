using System.Globalization;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A control group of this machine with little memory, for a program that is started in it.</summary>
internal sealed class MemoryLimit : IDisposable
{
    private const string Version1 = "/sys/fs/cgroup/memory";
    private const string Version2 = "/sys/fs/cgroup";
    private const string Members = "cgroup.procs";
    private static readonly string[] Reclaimable = ["total_active_file", "total_inactive_file"];

    private readonly DirectoryInfo group;

    private MemoryLimit(DirectoryInfo group) => this.group = group;

    /// <summary>Whether memory has a hierarchy of its own here.</summary>
    public static bool IsVersion1 => Directory.Exists(Version1);

    /// <summary>The line of shell that puts a process into it.</summary>
    public string Enter => $"echo $$ > {Path.Combine(group.FullName, Members)}";

    /// <summary>How often the kernel has killed a process of it.</summary>
    public bool HasKilled =>
        new[] { "memory.oom_control", "memory.events" }.Select(name => Path.Combine(group.FullName, name)).Where(File.Exists).SelectMany(File.ReadLines)
            .Any(line => line.StartsWith("oom_kill ", StringComparison.Ordinal) && line != "oom_kill 0");

    /// <summary>Makes one; ends the test as skipped where that is not allowed.</summary>
    public static MemoryLimit Create(long bytes)
    {
        try
        {
            var limit = new MemoryLimit(Directory.CreateDirectory(Path.Combine(IsVersion1 ? Version1 : Version2, $"akidb-test-{Guid.NewGuid():N}")));
            limit.Set(bytes);
            return limit;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"No control group can be made here: {error.Message}");
            throw;
        }
    }

    /// <summary>What its processes hold, but for what the kernel can read from a file again; only where memory has a hierarchy of its own.</summary>
    public long HeldBytes => Number(File.ReadAllText(Path.Combine(group.FullName, "memory.usage_in_bytes"))) - File.ReadLines(Path.Combine(group.FullName, "memory.stat"))
        .Select(line => line.Split(' ')).Where(words => Reclaimable.Contains(words[0])).Sum(words => Number(words[1]));

    /// <summary>Changes it.</summary>
    public void Set(long bytes) =>
        File.WriteAllText(Path.Combine(group.FullName, IsVersion1 ? "memory.limit_in_bytes" : "memory.max"), bytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>Takes a process from the group that it is in; only where memory has a hierarchy of its own.</summary>
    /// <returns>Gives it back. What it has started meanwhile stays.</returns>
    public Action Take(int pid)
    {
        var before = File.ReadLines($"/proc/{pid}/cgroup").Select(line => line.Split(':', 3)).Single(parts => parts[1].Split(',').Contains("memory"))[2];
        Move(pid, group.FullName);
        return () => Move(pid, Version1 + before);
    }

    public void Dispose()
    {
        // Whoever was left in it, by a test that failed, goes on without it.
        foreach (var pid in File.ReadAllLines(Path.Combine(group.FullName, Members)))
        {
            Move(int.Parse(pid, CultureInfo.InvariantCulture), group.Parent!.FullName);
        }

        group.Delete();
    }

    private static void Move(int pid, string group) => File.WriteAllText(Path.Combine(group, Members), pid.ToString(CultureInfo.InvariantCulture));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
