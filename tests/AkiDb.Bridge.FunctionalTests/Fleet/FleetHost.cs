using AkiDb.Bridge.FunctionalTests.Hosting;
using AkiDb.Bridge.TestData;

namespace AkiDb.Bridge.FunctionalTests.Fleet;

/// <summary>One of several equal hosts, on a machine of its own; it is started again when it has ended.</summary>
internal sealed class FleetHost(FleetNetwork network, int number) : IAsyncDisposable
{
    public const string Key = "key-for-tests";

    private BridgeProcess? process;

    public int Number => number;

    public int Pid => process!.Pid;

    public string Evidence => process?.Evidence() ?? "It is not running.";

    /// <summary>Starts it, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        process = BridgeProcess.Start("netns", network.InHost(
            number, BridgeProcess.Executable, "serve", "--provider", "onnx", "--model", TestPaths.Model("tiny-bert-cls"), "--host", network.AddressOf(number), "--port", "8080",
            "--set", "Http:DrainDelay=4s", "--set", "Dispatch:Timeout=10s", "--set", $"Http:TrustedProxies={network.Network}", "--set", $"Http:ApiKeys:0={Key}"));
        await Eventually.TrueAsync(() => process.HasExited || process.Output.Contains(" is ready"), "the host is ready", process.Evidence);
        Assert.False(process.HasExited, process.Evidence());
    }

    /// <summary>Kills it, and starts it again.</summary>
    public async Task KillAsync()
    {
        Signals.Send(Pid, Signals.Kill);
        await EndAsync();
        await StartAsync();
    }

    /// <summary>Asks it to stop, as one does before an update, and starts it again.</summary>
    public async Task DrainAsync()
    {
        Signals.Send(Pid, Signals.Terminate);
        Assert.Equal(0, await process!.WaitForExitAsync());
        await EndAsync();
        await StartAsync();
    }

    /// <summary>Hangs for a while.</summary>
    public async Task FreezeAsync(TimeSpan length)
    {
        Signals.Send(Pid, Signals.Stop);
        await Task.Delay(length, TimeProvider.System);
        Signals.Send(Pid, Signals.Continue);
    }

    /// <summary>Gets a fifth of the time for a while.</summary>
    public async Task SlowDownAsync(TimeSpan length)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < length;)
        {
            await FreezeAsync(TimeSpan.FromMilliseconds(80));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>Is cut off for a while.</summary>
    public async Task CutOffAsync(TimeSpan length)
    {
        await network.CutAsync(number);
        await Task.Delay(length, TimeProvider.System);
        await network.HealAsync(number);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            Signals.Send(Pid, Signals.Kill);
            await EndAsync();
        }
    }

    private async Task EndAsync()
    {
        var ended = process!;
        await ended.WaitForExitAsync();
        process = null;
        await ended.DisposeAsync();
    }
}
