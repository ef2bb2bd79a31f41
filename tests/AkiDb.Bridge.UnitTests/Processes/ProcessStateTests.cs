using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class ProcessStateTests
{
    [Theory]
    [InlineData("4242 (python3) T 1 4242", true)]
    [InlineData("4242 (a) T b) t 1 4242", true)]
    [InlineData("4242 (a) T b) S 1 4242", false)]
    [InlineData("4242 (python3) R 1 4242", false)]
    [InlineData("4242 (python3", false)]
    [InlineData("", false)]
    public void State_is_what_follows_the_name(string stat, bool stopped) => Assert.Equal(stopped, ProcessState.IsStopped(stat));

    [Fact]
    public void Process_that_runs_or_is_gone_is_not_stopped()
    {
        Assert.False(ProcessState.IsStopped(Environment.ProcessId));
        Assert.False(ProcessState.IsStopped(int.MaxValue));
    }
}
