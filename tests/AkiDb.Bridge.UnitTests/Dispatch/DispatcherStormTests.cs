using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;

namespace AkiDb.Bridge.UnitTests.Dispatch;

/// <summary>Many calls at once over engines that answer, fail, lose, hang, lie and die, by callers that leave: whatever happens, each text ends once and each lease comes back.</summary>
public sealed class DispatcherStormTests
{
    private const int Workers = 3;
    private const int Permits = 2;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Every_text_ends_once_and_every_lease_comes_back(int seed)
    {
        var random = new Random(seed);
        var gate = new Lock();
        var options = new DispatchOptions
        {
            Prefer = (EnginePreference)(seed % 3),
            AttemptTimeout = TimeSpan.FromMilliseconds(30),
            RetryDelay = TimeSpan.FromMilliseconds(1),
            BreakDuration = TimeSpan.FromMilliseconds(500),
            Failback = TimeSpan.Zero,
        };
        var pool = new WorkerPool(Permits, TimeProvider.System, Workers);
        var peers = Enumerable.Range(0, Workers).Select(_ => new InMemoryWorker().Serving(frame => Answer(frame))).ToList();
        for (var slot = 0; slot < Workers; slot++)
        {
            pool.Add(peers[slot].AsWorker(slot));
        }

        await using var inProcess = new InProcessEngine(() => new FakeEngine(ComputeAsync), 512, new RecordingLogger<InProcessEngine>());
        inProcess.Start();
        await inProcess.Loaded;
        var dispatcher = new Dispatcher(pool, inProcess, options, TimeProvider.System, new RecordingLogger<Dispatcher>());

        await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => CallAsync()));

        var free = new List<IDisposable>();
        for (var permit = 0; permit < Permits; permit++)
        {
            free.Add(Assert.IsType<EngineLease>(inProcess.TryLease(fallback: false)));
        }

        // A worker that died in the storm serves nobody; what is left has all its permits.
        while (pool.TryLease() is { } lease)
        {
            free.Add(lease);
        }

        Assert.Equal(0, (free.Count - Permits) % Permits);
        Assert.Equal(peers.Count(peer => !peer.Connection.Closed.IsCompleted) * Permits, free.Count - Permits);
        free.ForEach(lease => lease.Dispose());
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }

        int Next(int below)
        {
            lock (gate)
            {
                return random.Next(below);
            }
        }

        byte[]? Answer(HostFrame frame) => Next(20) switch
        {
            < 12 => WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, [.. Enumerable.Repeat(1f, frame.Lengths.Length * 2)]),
            < 14 => WorkerFrames.Error(frame.Id, "internal"),
            < 15 => WorkerFrames.Error(frame.Id, "out_of_memory"),
            < 16 => WorkerFrames.Rows(frame.Id, frame.Lengths.Length, 2, [.. Enumerable.Repeat(float.NaN, frame.Lengths.Length * 2)]),
            < 17 => WorkerFrames.Rows(frame.Id + 1_000_000, 1, 2, [1, 1]),
            < 18 when Next(10) == 0 => throw new InvalidOperationException("It dies."),
            _ => null,
        };

        async ValueTask<EngineReply> ComputeAsync(TokenBatch batch, Memory<float> rows, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Next(10)), TimeProvider.System, cancellationToken);
            rows.Span.Fill(1);
            return Next(5) == 0 ? new EngineReply(new BridgeError(BridgeErrorKind.EngineFault, "It failed."), TimeSpan.Zero) : new EngineReply(null, TimeSpan.FromMilliseconds(1));
        }

        async Task CallAsync()
        {
            for (var call = 0; call < 5; call++)
            {
                var texts = 1 + Next(6);
                using var caller = CancellationTokenSource.CreateLinkedTokenSource(Stop);
                caller.CancelAfter(Next(3) == 0 ? TimeSpan.FromMilliseconds(Next(40)) : TimeSpan.FromSeconds(2));
                var requirements = new EngineRequirements(InProcessAllowed: Next(4) > 0, AvoidWorkers: Next(4) == 0);
                var ended = new int[texts];
                try
                {
                    var lease = Next(2) == 0 ? await dispatcher.LeaseAsync(requirements, caller.Token) : null;
                    await dispatcher.DispatchAsync(
                        InMemoryWorker.Batch(texts), new float[texts * 2], requirements, lease, TimeSpan.FromMilliseconds(50 + Next(200)), Count, caller.Token);
                    Assert.All(ended, times => Assert.Equal(1, times));
                }
                catch (OperationCanceledException) when (caller.IsCancellationRequested)
                {
                    Assert.All(ended, times => Assert.InRange(times, 0, 1));
                }

                void Count(BatchPart part)
                {
                    for (var text = part.First; text < part.First + part.Texts; text++)
                    {
                        ended[text]++;
                    }
                }
            }
        }
    }
}
