using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Dispatch;

/// <summary>One slot whose worker dies whenever it is given a deadly text, and is replaced at once by another that dies of the same.</summary>
internal sealed class MortalWorkers : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly DispatchBench bench;
    private readonly Func<HostFrame, bool> isDeadly;
    private readonly List<InMemoryWorker> peers = [];
    private readonly List<Task> funerals = [];
    private readonly bool suspected;
    private bool retired;

    public MortalWorkers(DispatchBench bench, Func<HostFrame, bool> isDeadly, bool suspected = true)
    {
        this.bench = bench;
        this.isDeadly = isDeadly;
        this.suspected = suspected;
        Start();
    }

    public int Deaths { get; private set; }

    /// <summary>A batch of texts of two tokens each; both are the text's number.</summary>
    public static TokenBatch Texts(params int[] numbers) => new(numbers.SelectMany(number => new[] { number, number }).ToArray(), Enumerable.Repeat(2, numbers.Length).ToArray());

    public async Task<(IReadOnlyList<BatchPart> Parts, float[] Rows)> DispatchAsync(TokenBatch batch, bool inProcessAllowed = false)
    {
        var rows = new float[batch.Texts * 2];
        return (await Soon.AdvanceUntilAsync(bench.Time, TimeSpan.FromMilliseconds(200), PartsAsync()), rows);

        async Task<IReadOnlyList<BatchPart>> PartsAsync()
        {
            var parts = new List<BatchPart>();
            await bench.Dispatcher.DispatchAsync(
                batch, rows, new EngineRequirements(inProcessAllowed, false), null, TimeSpan.FromMinutes(10), parts.Add, TestContext.Current.CancellationToken);
            return parts;
        }
    }

    public async ValueTask DisposeAsync()
    {
        InMemoryWorker[] last;
        lock (gate)
        {
            retired = true;
            last = [.. peers];
        }

        foreach (var peer in last)
        {
            await peer.DisposeAsync();
        }

        await Task.WhenAll(funerals);
    }

    private void Start()
    {
        var peer = new InMemoryWorker();
        peers.Add(peer);
        var worker = peer.AsWorker(peers.Count - 1);
        peer.Serving(frame =>
        {
            if (isDeadly(frame))
            {
                Deaths++;
                peer.Die();
                return null;
            }

            return WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, [.. frame.Ids.Select(id => (float)id)]);
        });
        funerals.Add(ReplaceAsync(worker));
        bench.Pool.Add(worker);
    }

    // As a slot does it.
    private async Task ReplaceAsync(Worker worker)
    {
        await worker.Connection.Closed;
        bench.Pool.Remove(worker);
        worker.MarkExited(new ExitNotice("It ended with signal 11 (SIGSEGV).", suspected));
        lock (gate)
        {
            if (!retired)
            {
                Start();
            }
        }
    }
}
