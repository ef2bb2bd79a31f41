using AkiDb.Bridge.FunctionalTests.Hosting;

namespace AkiDb.Bridge.FunctionalTests;

/// <summary>A system that gives the host no further process: an outage of the workers, never the end of their supervision or of the host.</summary>
public sealed class NoMoreProcessesTests
{
    private static readonly int[] Few = [0, 1, 2, 3];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_that_cannot_be_started_again_is_missed_by_nobody_and_comes_back_when_it_can(bool isForked)
    {
        Python.Require();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What is preloaded here is written for Linux.");
        using var compiler = new NativeLibrary();
        using var folder = new TemporaryFolder();
        var limit = Path.Combine(folder.Path, "no-more");
        var settings = new HostSettings("--set", $"Supervision:ForkServer={isForked}", "--set", "Supervision:BackOffMax=500ms", "--set", "Supervision:QuarantineAfter=1000")
        {
            Environment = new Dictionary<string, string?> { ["LD_PRELOAD"] = await compiler.CompilePreloadedAsync("nofork"), ["NOFORK_FILE"] = limit },
        };
        await using var host = await BridgeHost.StartWithWorkerAsync(settings);
        var worker = await host.WorkerReadyAsync();
        var starter = isForked ? ProcessTable.ParentOf(ProcessTable.ParentOf(worker)) : worker;
        await File.WriteAllTextAsync(limit, "", TestContext.Current.CancellationToken);
        Signals.Send(starter, Signals.Kill);
        Signals.Send(worker, Signals.Kill);

        await host.Log.WaitForCountAsync("worker:0 could not be started", 3);
        for (var number = 0; number < 20; number++)
        {
            Reference.MiniLM.Check((await host.EmbedAsync(Reference.TextsAt(Few))).Vectors, Few);
        }

        File.Delete(limit);
        await host.WorkerReadyAsync(worker);
        Reference.MiniLM.Check((await host.EmbedAsync(new { inputs = Reference.TextsAt(Few), fallback = "off" })).Vectors, Few);
    }
}
