using System.Collections.Concurrent;
using AkiDb.Bridge.Processes;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>Starts processes that exist only in memory.</summary>
internal sealed class FakeLauncher : IWorkerLauncher
{
    private readonly ConcurrentQueue<FakeProcess> processes = new();

    /// <summary>Prepares the next process, whose number from 0 it is told; may throw what a start can throw.</summary>
    public Action<int, FakeProcess> Prepare { get; set; } = (_, _) => { };

    /// <summary>Every process so far.</summary>
    public IReadOnlyList<FakeProcess> Processes => [.. processes];

    /// <summary>The slots that they were started for.</summary>
    public ConcurrentQueue<int> Slots { get; } = new();

    /// <summary>Whether they were to leave the processor to others.</summary>
    public ConcurrentQueue<bool> Backgrounds { get; } = new();

    public bool WasDisposed { get; private set; }

    public Task<IWorkerProcess> LaunchAsync(int slot, bool background, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var process = new FakeProcess();
        Prepare(processes.Count, process);
        Slots.Enqueue(slot);
        Backgrounds.Enqueue(background);
        processes.Enqueue(process);
        process.Start();
        return Task.FromResult<IWorkerProcess>(process);
    }

    public ValueTask DisposeAsync()
    {
        Assert.All(processes, process => Assert.True(process.WasDisposed));
        WasDisposed = true;
        return ValueTask.CompletedTask;
    }
}
