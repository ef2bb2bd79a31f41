using System.Collections.Concurrent;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Host.Services;
using AkiDb.Bridge.Host.Services.Systemd;
using AkiDb.Bridge.UnitTests.Doubles;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Host.Services;

public sealed class SystemdReporterTests
{
    [Fact]
    public async Task More_time_is_asked_for_as_long_as_something_is_loaded_for_the_first_time()
    {
        await using var bench = new Bench();

        await bench.LetRunAsync(() => bench.Asked >= 5);

        bench.HasSettled = true;
        var asked = await bench.AskedNowAsync();
        await bench.LetRunAsync(() => bench.Looks >= 100);
        Assert.Equal(asked, bench.Asked);
        Assert.DoesNotContain("READY=1", bench.Said);
    }

    [Fact]
    public async Task Service_is_ready_when_an_engine_answers_also_after_every_one_has_failed_once()
    {
        await using var bench = new Bench { HasSettled = true };
        await bench.LetRunAsync(() => bench.Looks >= 10);

        bench.State = BridgeState.Degraded;

        await bench.LetRunAsync(() => bench.Said.Contains("READY=1"));
    }

    private sealed class Bench : IBridgeAdministration, ISystemdNotifier, IHostApplicationLifetime, IAsyncDisposable
    {
        private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

        private readonly FakeTimeProvider time = new();
        private readonly ConcurrentQueue<string> said = [];
        private readonly SystemdReporter reporter;
        private int looks;

        public Bench()
        {
            reporter = new SystemdReporter(new RecordingBridge(), this, new Answering(this, this, time), () => HasSettled, this, this, TimeSpan.FromSeconds(55), null, time);
            Started = reporter.StartAsync(TestContext.Current.CancellationToken);
        }

        public Task Started { get; }

        public volatile bool HasSettled;

        public volatile BridgeState State = BridgeState.Unavailable;

        public IEnumerable<string> Said => said;

        public int Asked => said.Count(line => line.StartsWith("EXTEND_TIMEOUT_USEC=", StringComparison.Ordinal));

        public int Looks => Volatile.Read(ref looks);

        public bool IsEnabled => true;

        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public Task LetRunAsync(Func<bool> condition) => Soon.UntilAsync(() =>
        {
            time.Advance(Step);
            return condition();
        });

        // A look that was under way as the last one settled may still ask: it is over when two more have been.
        public async Task<int> AskedNowAsync()
        {
            var seen = Looks;
            await LetRunAsync(() => Looks >= seen + 4);
            Interlocked.Exchange(ref looks, 0);
            return Asked;
        }

        public BridgeStatus GetStatus()
        {
            Interlocked.Increment(ref looks);
            return new([
                new ModelStatus
                {
                    Model = "a/model", State = State, Reasons = [], Facts = null, Uptime = TimeSpan.Zero, Workers = [],
                    InProcess = new InProcessStatus("in-process", "off", null), FallbackModel = null, Queue = new QueueStatus(0, 0, 0, null, 0, false),
                },
            ]);
        }

        public bool RestartWorker(int slot, string? model = null) => false;

        public void Notify(ServiceState state) => said.Enqueue(state.ToString());

        public void StopApplication()
        {
        }

        public async ValueTask DisposeAsync()
        {
            await reporter.StopAsync(CancellationToken.None);
            reporter.Dispose();
        }
    }
}
