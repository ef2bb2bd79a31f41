using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Engines;
using AkiDb.Bridge.UnitTests.Batching;
using AkiDb.Bridge.UnitTests.Exploration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

/// <summary>
/// What requests take up, under thousands of orders of events: of several callers and both lanes, they come, are refused, are computed, fail, run out of
/// time, leave at any point of their way and come again, while the accounts of others are being given back.
/// </summary>
public sealed class AdmissionScheduleTests
{
    [Fact]
    public void Everything_is_bounded_and_comes_back_wherever_a_request_ends() => ScheduleExplorer.Explore(Run);

    [Fact]
    public void Same_seed_takes_the_same_steps() => ScheduleExplorer.Repeat(Run);

    private static void Run(Schedule schedule)
    {
        using var scenario = new Scenario(schedule);
        scenario.Run();
    }

    private sealed class Scenario : IDisposable
    {
        private const int Requests = 8;
        private const long MaxTokens = 40;
        private const long MaxBytes = 1_000;

        private static readonly AdmissionOptions Options = new() { MaxTokens = MaxTokens, BodyBytes = MaxBytes, Characters = MaxBytes, AnswerBytes = MaxBytes };

        private readonly Schedule schedule;
        private readonly FakeTimeProvider time = new();
        private readonly ResourceLedger ledger = new(Options);
        private readonly AdmissionGate gate;
        private readonly ScriptedDispatcher dispatcher;
        private readonly Batcher batcher;
        private readonly List<Request> requests = [];

        public Scenario(Schedule schedule)
        {
            this.schedule = schedule;
            gate = new AdmissionGate(Options, time);
            dispatcher = new ScriptedDispatcher(schedule, time, leases: 1);
            batcher = new Batcher(dispatcher, 1, new BatchingOptions(), time, NullLogger.Instance);
        }

        public void Run()
        {
            for (var number = 0; number < Requests; number++)
            {
                Offer(number);
            }

            for (var tick = 0; tick < 5; tick++)
            {
                schedule.Offer("time passes", () => time.Advance(TimeSpan.FromMilliseconds(schedule.IsNested ? 10 : 300)));
            }

            schedule.OnStep = Check;
            schedule.Run();
            for (var tick = 0; tick < 10; tick++)
            {
                time.Advance(TimeSpan.FromMilliseconds(300));
                schedule.Run();
            }

            schedule.Check(requests.TrueForAll(request => request.IsOver), "A request is under way for ever.");
            schedule.Check(gate.Admitted == 0, $"{gate.Admitted} tokens never came back.");
            foreach (var resource in Enum.GetValues<SharedResource>())
            {
                schedule.Check(ledger.Used(resource) == 0, $"{ledger.Used(resource)} of {resource} never came back.");
            }
        }

        public void Dispose() => _ = batcher.DisposeAsync().AsTask();

        private void Offer(int number)
        {
            var texts = Enumerable.Range(0, 1 + schedule.Choose(12)).Select(_ => 1 + schedule.Choose(6)).ToArray();
            var priority = schedule.Choose(3) == 0 ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive;
            var request = new Request(this, $"{number % 3}", texts, priority);
            requests.Add(request);
            schedule.Offer($"request {number} of caller {number % 3} with {texts.Length} texts comes, {priority}", request.Come);
            if (schedule.Choose(3) == 0)
            {
                schedule.Offer($"caller of request {number} leaves", request.Leave);
            }
        }

        // Nobody is in the middle of something.
        private void Check()
        {
            var admitted = requests.Sum(request => request.Tokens);
            schedule.Check(gate.Admitted == admitted, $"{gate.Admitted} tokens are admitted where requests hold {admitted}.");
            schedule.Check(admitted < MaxTokens, $"{admitted} of {MaxTokens} tokens are admitted: nothing is left for whoever comes next.");
            var bulk = requests.Where(request => request.Priority == EmbeddingPriority.Bulk).Sum(request => request.Tokens);
            schedule.Check(bulk < MaxTokens * 3 / 4, $"{bulk} tokens of bulk work are admitted.");
            foreach (var resource in Enum.GetValues<SharedResource>())
            {
                var charged = requests.Sum(request => request.Charged(resource));
                schedule.Check(ledger.Used(resource) == charged && charged < MaxBytes, $"{ledger.Used(resource)} of {resource} are used where requests hold {charged}.");
            }

            requests.ForEach(request => request.OfferAnswer());
            var left = MaxTokens - gate.Admitted;
            using var next = ledger.Open("somebody else");
            schedule.Check(
                left < 2 || gate.TryAdmit(next, left / 2, EmbeddingPriority.Interactive, null, TimeSpan.FromMinutes(1)) is null, "Half of what is left is not for somebody new.");
        }

        /// <summary>One request, from its first byte to its last.</summary>
        private sealed class Request(Scenario scenario, string caller, int[] texts, EmbeddingPriority priority) : IDisposable
        {
            private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

            private readonly Schedule schedule = scenario.schedule;
            private readonly CancellationTokenSource left = new();
            private readonly long[] charged = new long[3];
            private RequestAccount? account;
            private EmbedJob? job;
            private Task<BridgeError?>? embedding;
            private bool isDue;

            public EmbeddingPriority Priority { get; } = priority;

            public long Tokens { get; private set; }

            public bool IsOver { get; private set; }

            public long Charged(SharedResource resource) => charged[(int)resource];

            public void Come()
            {
                account = scenario.ledger.Open(caller);

                // Others come and go while it is being given back.
                account.Hold(new Interruption(schedule));
                if (left.IsCancellationRequested || !TryCharge(SharedResource.BodyBytes, 100))
                {
                    Dispose();
                    return;
                }

                schedule.Offer("its body has come", Admit);
            }

            public void Leave()
            {
                left.Cancel();
                IsOver |= account is null;
            }

            /// <summary>Its vectors are there, or it has failed: its answer is written next.</summary>
            public void OfferAnswer()
            {
                if (isDue || job is not { Place: null })
                {
                    return;
                }

                isDue = true;
                schedule.Offer("an answer has been written, or its caller has gone", () =>
                {
                    // Those who end together are told on threads of the pool.
                    schedule.Check(SpinWait.SpinUntil(() => embedding!.IsCompleted, TimeSpan.FromSeconds(30)), "A request that has ended is not told.");
                    Dispose();
                });
            }

            public void Dispose()
            {
                // What is gone is no longer held, whoever looks meanwhile.
                (Tokens, IsOver) = (0, true);
                Array.Clear(charged);
                account!.Dispose();
                account.Dispose();
            }

            private bool TryCharge(SharedResource resource, long amount)
            {
                if (account!.TryCharge(resource, amount) is { } refusal)
                {
                    schedule.Check(scenario.ledger.Used(resource) > 0 && refusal.Kind == BridgeErrorKind.Overloaded, $"{resource} is refused although nobody holds any.");
                    return false;
                }

                charged[(int)resource] += amount;
                return true;
            }

            private void Admit()
            {
                if (left.IsCancellationRequested || !TryCharge(SharedResource.Characters, 10 * texts.Length))
                {
                    Dispose();
                    return;
                }

                var before = scenario.gate.Admitted;
                var backlog = scenario.batcher.BacklogFor(caller, texts.Length, Priority);
                if (scenario.gate.TryAdmit(account!, texts.Length, Priority, backlog, Timeout) is { } refusal)
                {
                    schedule.Check((before > 0 || backlog?.Wait > TimeSpan.Zero) && refusal is { Kind: BridgeErrorKind.Overloaded, RetryAfter: not null }, $"An idle bridge says: {refusal}.");
                    Dispose();
                    return;
                }

                Tokens = texts.Length;
                account!.GiveBack(SharedResource.Characters, charged[(int)SharedResource.Characters]);
                charged[(int)SharedResource.Characters] = 0;
                if (!TryCharge(SharedResource.AnswerBytes, 4 * texts.Length))
                {
                    Dispose();
                    return;
                }

                var deadline = scenario.time.GetTimestamp() + (long)(Timeout.TotalSeconds * scenario.time.TimestampFrequency);
                job = new EmbedJob(new TokenBatch(texts, Enumerable.Repeat(1, texts.Length).ToArray()), caller, Priority, true, deadline, (_, _) => schedule.Interleave());
                embedding = scenario.batcher.EmbedAsync(job, left.Token).AsTask();
            }
        }

        private sealed class Interruption(Schedule schedule) : IDisposable
        {
            public void Dispose() => schedule.Interleave();
        }
    }
}
