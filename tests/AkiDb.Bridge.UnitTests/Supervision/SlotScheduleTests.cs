using AkiDb.Bridge.Models;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.Supervision;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.UnitTests.Exploration;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

/// <summary>
/// A slot whose workers die, hang, flood, refuse to start, are due and are asked for again while requests hold them, the clock runs and the host stops, under
/// thousands of orders of events: everything that supervision waits for ends in a step of its own, and what then goes on does so in any order.
/// </summary>
public sealed class SlotScheduleTests
{
    [Fact]
    public void Slot_moves_along_its_table_starts_one_worker_at_a_time_serves_again_and_leaves_nothing() =>
        ScheduleExplorer.Explore(Run);

    [Fact]
    public void Same_seed_takes_the_same_steps() => ScheduleExplorer.Repeat(Run);

    private static void Run(Schedule schedule)
    {
        using var scenario = new Scenario(schedule);
        scenario.Run();
    }

    private sealed class Scenario : IDisposable
    {
        private static readonly LoadRequest Load = new(TestModel.Bert(), "cpu", "auto", 1, 512);
        private static readonly int[] Milliseconds = [10, 300, 1_500, 5_000, 30_000];

        private readonly Schedule schedule;
        private readonly FakeTimeProvider time = new();
        private readonly RecordingLogger<Supervisor> log = new();
        private readonly CancellationTokenSource stopping = new();
        private readonly List<WorkerLease> leases = [];
        private readonly List<Task> embeddings = [];
        private readonly ScriptedLauncher launcher;
        private readonly ScheduledThread thread;
        private readonly WorkerPool pool;
        private readonly Supervisor supervisor;
        private Task running = Task.CompletedTask;

        public Scenario(Schedule schedule)
        {
            this.schedule = schedule;
            launcher = new ScriptedLauncher(schedule);
            thread = new ScheduledThread(schedule, "supervision goes on");
            pool = new WorkerPool(2, time);
            var blueprint = new WorkerBlueprint(
                () => launcher, Load, Task.FromResult(new ModelFingerprint("aa", "0011223344556677")), ProtocolVersion.DefaultMaxFrameBytes, ProbeAsync)
            {
                SealAsync = _ => Task.FromResult(Load),
                ReadReplies = replies => launcher.Processes[^1].ReadBy(replies),
                Jitter = () => schedule.Choose(100) / 100.0,
            };
            supervisor = new Supervisor(blueprint, 1, new SupervisionOptions { RecycleRequests = 3 }, pool, time, log);
        }

        public void Run()
        {
            thread.Begin(() => running = supervisor.RunAsync(stopping.Token));
            OfferEvents(30);
            if (schedule.Choose(2) == 0)
            {
                schedule.Offer("the host stops", stopping.Cancel);
            }

            schedule.OnStep = Check;
            schedule.Run();
            if (!stopping.IsCancellationRequested)
            {
                RunUntilItServes();
                stopping.Cancel();
            }

            leases.ForEach(lease => lease.Dispose());
            PassTime(() => running.IsCompleted, "The supervisor does not end.");
            schedule.Check(running.IsCompletedSuccessfully, $"Supervision failed: {running.Exception}");
            schedule.Check(supervisor.Settled.IsCompletedSuccessfully, "It never settled.");
            schedule.Check(supervisor.Status[0].State == SlotState.Stopped, $"It ended as {supervisor.Status[0].State}.");
            schedule.Check(launcher.WasDisposed && launcher.Processes.All(process => process.WasDisposed), "A process was left.");
            schedule.Check(pool.Count == 0, "A worker was left in the pool.");
            schedule.Check(!log.Entries.Any(entry => entry.Message.Contains("The supervision of", StringComparison.Ordinal)), "The supervision of the slot failed.");

            // Those whose worker died are told on threads of the pool.
            schedule.Check(Task.WhenAll(embeddings).Wait(TimeSpan.FromSeconds(30)), "A batch was never answered.");
        }

        public void Dispose()
        {
            supervisor.Dispose();
            stopping.Dispose();
        }

        // Nothing goes wrong any more: then a worker must serve, sooner or later.
        private void RunUntilItServes()
        {
            launcher.IsHealthy = true;
            leases.ForEach(lease => lease.Dispose());
            leases.Clear();
            PassTime(() => supervisor.Status[0].State == SlotState.Ready && pool.Count == 1, "No worker serves again.");
            var before = supervisor.Status[0].Restarts;
            supervisor.Restart(0);
            PassTime(() => supervisor.Status[0] is { State: SlotState.Ready, ReplacementPid: null } now && now.Restarts > before, "The worker is not replaced when somebody asks.");
        }

        private void PassTime(Func<bool> until, string failure)
        {
            for (var second = 0; second < 600 && !until(); second++)
            {
                schedule.Run();
                if (!until())
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                }
            }

            schedule.Check(until(), failure);
        }

        // One after the other, and not at once: a slot does much between two of them.
        private void OfferEvents(int left)
        {
            if (left > 0)
            {
                schedule.Offer("...", () =>
                {
                    var now = schedule.Choose(3) == 0;
                    OfferEvents(left - (now ? 1 : 0));
                    if (now)
                    {
                        Happen();
                    }
                });
            }
        }

        private void Happen()
        {
            var milliseconds = Milliseconds[schedule.Choose(Milliseconds.Length)];
            switch (schedule.Choose(12))
            {
                case 0:
                    HappenTo("crashes", process => process.Die(139));
                    break;
                case 1:
                    HappenTo("is killed by somebody", process => process.Die(137));
                    break;
                case 2:
                    HappenTo("falls silent", process => process.FallSilent());
                    break;
                case 3:
                    HappenTo("speaks again", process => process.Answer());
                    break;
                case 4:
                    HappenTo("floods", process => process.Flood());
                    break;
                case 5:
                    schedule.Note("somebody asks for another worker");
                    supervisor.Restart(0);
                    break;
                case 6:
                    schedule.Note("a caller comes");
                    Embed();
                    break;
                default:
                    schedule.Note($"{milliseconds} ms pass");
                    time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                    break;
            }
        }

        // The newest one or the one before.
        private void HappenTo(string what, Action<ScriptedProcess> act)
        {
            if (launcher.Processes.Count == 0)
            {
                return;
            }

            var number = launcher.Processes.Count - 1 - schedule.Choose(Math.Min(2, launcher.Processes.Count));
            schedule.Note($"worker {number} {what}");
            act(launcher.Processes[number]);
        }

        private void Embed()
        {
            if (pool.TryLease() is not { } lease)
            {
                return;
            }

            leases.Add(lease);
            embeddings.Add(lease.Worker.EmbedAsync(InMemoryWorker.Batch(), new float[2], TimeSpan.FromSeconds(1), CancellationToken.None).AsTask());
            schedule.Offer("a caller gives its lease back", () =>
            {
                leases.Remove(lease);
                lease.Dispose();
            });
        }

        private async Task<BridgeError?> ProbeAsync(Worker worker, CancellationToken cancellationToken)
        {
            var over = new TaskCompletionSource<BridgeError?>();
            await using var given = cancellationToken.UnsafeRegister(_ => over.TrySetCanceled(cancellationToken), null);
            var fails = !launcher.IsHealthy && schedule.Choose(12) == 0;
            schedule.Offer(fails ? "a probe fails" : "a probe passes", () => over.TrySetResult(fails ? new BridgeError(BridgeErrorKind.NoEngine, "The vectors differ.") : null));
            return await over.Task;
        }

        private void Check()
        {
            schedule.Check(
                launcher.Launching + launcher.Processes.Count(process => process is { HasLoaded: false, WasDisposed: false }) <= 1 || stopping.IsCancellationRequested,
                "Two workers are being started at the same time.");
            schedule.Check(pool.Count is >= 0 and <= 1 || supervisor.Status[0].ReplacementPid is null, "The pool holds more than one worker of the slot.");
        }
    }
}
