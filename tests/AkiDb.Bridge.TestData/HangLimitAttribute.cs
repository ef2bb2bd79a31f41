using System.Diagnostics;
using System.Reflection;
using Xunit.v3;

namespace AkiDb.Bridge.TestData;

/// <summary>Ends the whole run, with its name and a dump, when one test takes longer than any test may: a suite that hangs tells nobody which test it was.</summary>
/// <param name="minutes">How long a test may take. With <c>AKIDB_TEST_LONG</c> there is no limit.</param>
/// <remarks>The dump goes to the folder that <c>AKIDB_TEST_DUMPS</c> names, which scripts/test sets; <c>dotnet-dump analyze</c> reads it.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class HangLimitAttribute(int minutes) : BeforeAfterTestAttribute
{
    private readonly AsyncLocal<Timer?> timer = new();

    /// <summary>How long a test may take.</summary>
    public int Minutes => minutes;

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("AKIDB_TEST_LONG")))
        {
            timer.Value = new Timer(_ => End(test.TestDisplayName), null, TimeSpan.FromMinutes(minutes), Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => timer.Value?.Dispose();

    private void End(string test)
    {
        Console.Error.WriteLine($"HANGS: {test} has run for {minutes} minutes. The run ends here.");
        if (Environment.GetEnvironmentVariable("AKIDB_TEST_DUMPS") is { Length: > 0 } folder)
        {
            Dump(Path.Combine(folder, $"hanging-test-{Environment.ProcessId}.dmp"));
        }

        Environment.Exit(1);
    }

    // The runtime brings the program that it dumps itself with when it crashes.
    private static void Dump(string file)
    {
        var program = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, OperatingSystem.IsWindows() ? "createdump.exe" : "createdump");
        if (File.Exists(program))
        {
            using var dumping = Process.Start(program, ["--withheap", "--name", file, $"{Environment.ProcessId}"]);
            dumping.WaitForExit(TimeSpan.FromMinutes(2));
        }
    }
}
