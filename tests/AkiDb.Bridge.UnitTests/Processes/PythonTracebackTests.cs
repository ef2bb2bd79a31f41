using AkiDb.Bridge.Processes;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Processes;

public sealed class PythonTracebackTests
{
    private readonly FakeTimeProvider time = new();
    private readonly PythonTraceback traceback;

    public PythonTracebackTests() => traceback = new PythonTraceback(time);

    [Fact]
    public void Report_of_faulthandler_is_whole()
    {
        string[] report =
        [
            "Fatal Python error: Segmentation fault", "", "Thread 0x00007f (most recent call first):", "  File \"worker.py\", line 1 in run", "",
            "Current thread 0x00007e (most recent call first):", "  File \"encoder.py\", line 2 in forward", "", "Extension modules: numpy (total: 1)",
        ];

        Read(["INFO akidb ready", .. report]);

        Assert.Equal(string.Join('\n', report), traceback.Recent);
    }

    [Fact]
    public void Chain_of_exceptions_is_whole_and_ends_at_the_next_record()
    {
        string[] chain =
        [
            "Traceback (most recent call last):", "  File \"a.py\", line 1, in a", "KeyError: 1", "", "During handling of the above exception, another exception occurred:", "",
            "Traceback (most recent call last):", "  File \"b.py\", line 2, in b", "ValueError: many", "lines",
        ];

        Read(["CRITICAL akidb The worker failed.", .. chain, "INFO akidb more"]);

        Assert.Equal(string.Join('\n', chain), traceback.Recent);
    }

    [Fact]
    public void Last_one_counts()
    {
        Read(["Traceback (most recent call last):", "KeyError: 1", "INFO akidb goes on", "Traceback (most recent call last):", "ValueError: 2"]);

        Assert.Equal("Traceback (most recent call last):\nValueError: 2", traceback.Recent);
    }

    [Fact]
    public void One_of_long_ago_has_not_ended_the_worker()
    {
        Read(["Traceback (most recent call last):", "KeyError: 1"]);

        time.Advance(TimeSpan.FromSeconds(11));

        Assert.Null(traceback.Recent);
    }

    [Fact]
    public void Without_one_there_is_none()
    {
        Read(["INFO akidb x", "a library's own words"]);

        Assert.Null(traceback.Recent);
    }

    [Fact]
    public void Endless_one_is_cut()
    {
        Read(["Traceback (most recent call last):", .. Enumerable.Repeat("  File \"a.py\", line 1, in a", 100_000)]);

        Assert.InRange(traceback.Recent!.Split('\n').Length, 50, 500);
    }

    private void Read(string[] lines) => Array.ForEach(lines, traceback.Read);
}
