using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class OomKillsTests
{
    [Theory]
    [InlineData("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n", 2)]
    [InlineData("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", 7)]
    [InlineData("nr_free_pages 1\noom_kill 0\n", 0)]
    [InlineData("oom_kill_disable 0\nunder_oom 0\n", null)]
    [InlineData("", null)]
    public void Count_is_found_in_every_kind_of_file(string content, int? expected) => Assert.Equal(expected, OomKills.Parse(content));

    [Fact]
    public void Group_of_the_second_version_comes_before_the_machine() => Assert.Equal(
        ["/sys/fs/cgroup/a.slice/b.service/memory.events", "/sys/fs/cgroup/memory.events", "/proc/vmstat"],
        OomKills.Candidates("0::/a.slice/b.service\n"));

    [Fact]
    public void Group_of_the_first_version_comes_before_the_machine() => Assert.Equal(
        ["/sys/fs/cgroup/memory/box/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory.events", "/proc/vmstat"],
        OomKills.Candidates("8:pids:/\n4:memory:/box\n0::/\n"));

    [Theory]
    [InlineData("4:memory:/../other\n")]
    [InlineData("0::/../../other\n")]
    public void Group_outside_of_what_is_seen_leaves_the_count_to_the_machine(string groups) => Assert.Equal(["/proc/vmstat"], OomKills.Candidates(groups));

    [Fact]
    public void This_machine_tells()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux counts.");
        Assert.InRange(OomKills.Read() ?? 0, 0, long.MaxValue);
    }
}
