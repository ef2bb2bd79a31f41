using System.Globalization;

namespace AkiDb.Bridge.FunctionalTests.Hosting;

/// <summary>A control group with little memory, for a program that is started in it.</summary>
internal sealed class MemoryLimit : IDisposable
{
    private const string Version1 = "/sys/fs/cgroup/memory";
    private const string Version2 = "/sys/fs/cgroup";

    private readonly DirectoryInfo group;

    private MemoryLimit(DirectoryInfo group) => this.group = group;

    /// <summary>The line of shell that puts a process into it.</summary>
    public string Enter => $"echo $$ > {Path.Combine(group.FullName, "cgroup.procs")}";

    /// <summary>How often the kernel has killed a process of it.</summary>
    public bool HasKilled =>
        new[] { "memory.oom_control", "memory.events" }.Select(name => Path.Combine(group.FullName, name)).Where(File.Exists).SelectMany(File.ReadLines)
            .Any(line => line.StartsWith("oom_kill ", StringComparison.Ordinal) && line != "oom_kill 0");

    /// <summary>Makes one; ends the test as skipped where that is not allowed.</summary>
    public static MemoryLimit Create(long bytes)
    {
        var (root, file) = Directory.Exists(Version1) ? (Version1, "memory.limit_in_bytes") : (Version2, "memory.max");
        try
        {
            var group = Directory.CreateDirectory(Path.Combine(root, $"akidb-test-{Guid.NewGuid():N}"));
            File.WriteAllText(Path.Combine(group.FullName, file), bytes.ToString(CultureInfo.InvariantCulture));
            return new MemoryLimit(group);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"No control group can be made here: {error.Message}");
            throw;
        }
    }

    public void Dispose() => group.Delete();
}
