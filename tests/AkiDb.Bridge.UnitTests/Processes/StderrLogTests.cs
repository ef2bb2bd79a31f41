using AkiDb.Bridge.Processes;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class StderrLogTests
{
    private readonly FakeTimeProvider time = new();
    private readonly RecordingLogger<StderrLog> logger = new();
    private readonly StderrLog log;

    public StderrLogTests() => log = new StderrLog(logger, time, "worker:3");

    [Theory]
    [InlineData("DEBUG akidb x", LogLevel.Debug)]
    [InlineData("INFO akidb x", LogLevel.Information)]
    [InlineData("WARNING akidb x", LogLevel.Warning)]
    [InlineData("ERROR akidb x", LogLevel.Error)]
    [InlineData("CRITICAL akidb x", LogLevel.Critical)]
    [InlineData("Traceback (most recent call last):", LogLevel.Information)]
    [InlineData("", LogLevel.Information)]
    public void Line_has_its_own_level(string line, LogLevel expected)
    {
        log.Write(line);

        Assert.Equal((expected, $"[worker:3] {line}"), Assert.Single(logger.Entries));
    }

    [Fact]
    public void Flood_is_cut_and_the_rest_is_counted()
    {
        for (var i = 0; i < 1_000; i++)
        {
            log.Write("INFO x");
        }

        Assert.Equal(100, logger.Entries.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        log.Write("INFO next");

        Assert.Equal(102, logger.Entries.Count);
        Assert.Contains("900 more lines", logger.Entries[100].Message, StringComparison.Ordinal);
        Assert.Equal("[worker:3] INFO next", logger.Entries[101].Message);
    }

    [Fact]
    public void Trickle_is_logged_whole()
    {
        for (var i = 0; i < 500; i++)
        {
            log.Write("INFO x");
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        log.ReportSuppressed();
        Assert.Equal(500, logger.Entries.Count);
    }
}
