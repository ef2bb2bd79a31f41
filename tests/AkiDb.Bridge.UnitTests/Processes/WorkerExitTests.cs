using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class WorkerExitTests
{
    [Theory]
    [InlineData(0, "exit code 0")]
    [InlineData(1, "exit code 1")]
    [InlineData(128, "exit code 128")]
    [InlineData(137, "signal 9 (SIGKILL)")]
    [InlineData(139, "signal 11 (SIGSEGV)")]
    [InlineData(143, "signal 15 (SIGTERM)")]
    [InlineData(192, "signal 64")]
    public void Exit_is_told_as_a_reader_knows_it(int code, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows knows no signals.");
        Assert.Equal(expected, new WorkerExit(code).ToString());
    }
}
