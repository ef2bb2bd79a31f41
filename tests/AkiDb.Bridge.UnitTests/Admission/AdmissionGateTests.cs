using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class AdmissionGateTests
{
    private const double Rate = 1_000;
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(0.4);

    private readonly FakeTimeProvider time = new();

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ResourceLedger ledger = new(new AdmissionOptions());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Full_is_a_refusal_that_says_when_to_come_back()
    {
        var gate = Gate(100);
        var first = Open();
        Assert.Null(gate.TryAdmit(first, 60, EmbeddingPriority.Interactive, null, Minute));
        Assert.Null(Admit(gate, 30));

        var refusal = Admit(gate, 11);

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.NotNull(refusal.RetryAfter);
        Assert.Contains("90 tokens", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(90, gate.Admitted);
        first.Dispose();
        Assert.Equal(30, gate.Admitted);
        Assert.Null(Admit(gate, 60));
    }

    [Fact]
    public void Bulk_and_interactive_tokens_count_together()
    {
        var gate = Gate(100);
        Assert.Null(Admit(gate, 30));
        Assert.Null(Admit(gate, 20, priority: EmbeddingPriority.Bulk));

        Assert.Equal(50, gate.Admitted);
        Assert.Contains("50 tokens", Admit(gate, 60)!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(70, 6)]
    [InlineData(5_000, 9)]
    [InlineData(11, 1)]
    public void Full_says_to_come_back_when_so_much_of_what_waits_is_done_that_there_is_room(long tokens, double seconds)
    {
        var gate = new AdmissionGate(new AdmissionOptions { MaxTokens = 100, MaxWait = Minute }, time);
        Admit(gate, 90);

        Assert.Equal(TimeSpan.FromSeconds(seconds), Admit(gate, tokens, backlog: Waiting(9))!.RetryAfter);
    }

    [Fact]
    public void Full_says_to_come_back_in_a_second_while_there_is_no_telling()
    {
        var gate = Gate(100);
        Admit(gate, 90);
        Assert.Equal(TimeSpan.FromSeconds(1), Admit(gate, 70)!.RetryAfter);
    }

    [Fact]
    public void Giant_is_admitted_alone()
    {
        var gate = Gate(100);
        var giant = Open();
        Assert.Null(gate.TryAdmit(giant, 5_000, EmbeddingPriority.Interactive, null, Minute));
        Assert.NotNull(Admit(gate, 1));
        giant.Dispose();
        Assert.Null(Admit(gate, 1));
        Assert.NotNull(Admit(gate, 5_000));
        Assert.Equal(1, gate.Admitted);
    }

    [Theory]
    [InlineData(75)]
    [InlineData(9_000)]
    public void Bulk_work_of_any_size_leaves_a_quarter_for_interactive_work(long tokens)
    {
        var gate = Gate(100);
        Admit(gate, tokens, priority: EmbeddingPriority.Bulk);
        for (var request = 0; request < 100; request++)
        {
            Admit(gate, 1, caller: $"{request}", priority: EmbeddingPriority.Bulk);
        }

        Assert.NotNull(Admit(gate, 5, priority: EmbeddingPriority.Bulk));
        Assert.Null(Admit(gate, 20));
    }

    [Fact]
    public void Interactive_work_leaves_no_room_for_bulk_work_beyond_the_limit()
    {
        var gate = Gate(100);
        Assert.Null(Admit(gate, 90));

        Assert.NotNull(Admit(gate, 11, "another", EmbeddingPriority.Bulk));
        Assert.Null(Admit(gate, 5, "another", EmbeddingPriority.Bulk));
    }

    [Fact]
    public void Caller_that_takes_all_it_can_get_leaves_room_for_the_next_one()
    {
        var gate = Gate(1_000);
        while (Admit(gate, 1, "greedy") is null)
        {
        }

        Assert.Null(Admit(gate, 50, "next"));
        Assert.InRange(gate.Admitted, 900, 1_000);
    }

    [Fact]
    public async Task Many_callers_never_exceed_the_permits_and_give_all_back()
    {
        var gate = Gate(100);
        long inside = 0;

        await Task.WhenAll(Enumerable.Range(1, 8).Select(seed => Task.Run(
            () =>
            {
                var random = new Random(seed);
                for (var i = 0; i < 50_000; i++)
                {
                    var tokens = random.Next(1, 60);
                    using var account = Open($"{seed}");
                    if (gate.TryAdmit(account, tokens, random.Next(2) == 0 ? EmbeddingPriority.Bulk : EmbeddingPriority.Interactive, null, Minute) is null)
                    {
                        Assert.InRange(Interlocked.Add(ref inside, tokens), 1, 100);
                        Interlocked.Add(ref inside, -tokens);
                    }
                }
            },
            Stop)));

        Assert.Equal(0, gate.Admitted);
    }

    [Fact]
    public void Request_that_cannot_make_its_deadline_is_refused_at_the_door()
    {
        var gate = Gate(100);

        var refusal = gate.TryAdmit(Open(), 1, EmbeddingPriority.Bulk, Waiting(31), TimeSpan.FromSeconds(30));

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.Contains("31 s", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, gate.Admitted);
        Assert.Null(gate.TryAdmit(Open(), 1, EmbeddingPriority.Bulk, Waiting(30), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Request_that_cannot_make_its_deadline_is_told_when_it_could() => Assert.Equal(
        TimeSpan.FromSeconds(12), Gate(100).TryAdmit(Open(), 1, EmbeddingPriority.Bulk, Waiting(42), TimeSpan.FromSeconds(30))!.RetryAfter);

    [Fact]
    public void Long_wait_refuses_interactive_work_only_and_says_when_it_will_be_shorter()
    {
        var gate = new AdmissionGate(new AdmissionOptions { MaxWait = TimeSpan.FromSeconds(2) }, time);

        var refusal = gate.TryAdmit(Open(), 1, EmbeddingPriority.Interactive, Waiting(9), TimeSpan.FromSeconds(30));

        Assert.Equal(TimeSpan.FromSeconds(7), refusal!.RetryAfter);
        Assert.Null(gate.TryAdmit(Open(), 1, EmbeddingPriority.Bulk, Waiting(9), TimeSpan.FromSeconds(30)));
        Assert.Null(gate.TryAdmit(Open(), 1, EmbeddingPriority.Interactive, Waiting(2), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Overload_lets_no_more_wait_than_a_part_of_a_batch_for_each_engine()
    {
        var gate = Overloaded();

        var refusal = Admit(gate, 100, backlog: new Backlog(321, 321, 100, 800, 0, BatchTime, Rate));

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.Contains("More comes than can be computed", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(4), Admit(gate, 100, backlog: new Backlog(4_320, 4_320, 100, 800, 0, BatchTime, Rate))!.RetryAfter);
        Assert.Null(Admit(gate, 100, backlog: new Backlog(320, 320, 100, 800, 0, BatchTime, Rate)));
        Assert.Null(gate.TryAdmit(Open(), 100, EmbeddingPriority.Bulk, new Backlog(4_000, 4_000, 800, 800, 0, BatchTime, Rate), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Overload_by_others_refuses_nobody_who_has_nothing_waiting_unless_there_are_very_many()
    {
        var gate = Overloaded();

        Assert.Null(Admit(gate, 1_000, backlog: new Backlog(1_000, 0, 100, 800, 0, BatchTime, Rate)));
        Assert.NotNull(Admit(gate, 10, backlog: new Backlog(811, 0, 100, 800, 0, BatchTime, Rate)));
    }

    [Fact]
    public void Overload_refuses_nobody_while_an_engine_has_a_free_seat()
    {
        // Of many engines no more than one may have shown how fast it is.
        Assert.Null(Admit(Overloaded(), 100, backlog: new Backlog(0, 0, 3_000, 800, 0, BatchTime, Rate)));
    }

    [Fact]
    public void Overload_is_over_when_nobody_comes_any_more()
    {
        var gate = Overloaded();
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(gate.IsOverloaded);
    }

    [Fact]
    public void Callers_who_are_all_inside_may_all_come_again_when_they_have_been_answered_at_once()
    {
        const int Callers = 128;
        const int Tokens = 16;
        var gate = Gate(1_000_000);
        var inside = new Queue<RequestAccount>();
        for (var (round, answered) = (0, 0L); round < 20; round++, answered += Callers * Tokens)
        {
            time.Advance(TimeSpan.FromSeconds(3));
            for (var caller = 0; caller < Callers; caller++)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                if (round > 0)
                {
                    inside.Dequeue().Dispose();
                }

                inside.Enqueue(Open($"{caller}"));
                Assert.Null(gate.TryAdmit(
                    inside.Last(), Tokens, EmbeddingPriority.Interactive, new Backlog(0, 0, 0, 0, answered, TimeSpan.FromMilliseconds(300), 3_200), Minute));

                // In the first round nobody knows yet how many there are.
                Assert.False(gate.IsOverloaded && round > 1, $"Round {round}, caller {caller}.");
            }
        }
    }

    private static Backlog Waiting(double seconds) => new((long)(seconds * Rate), 0, 0, 0, 0, BatchTime, Rate);

    private AdmissionGate Gate(long maxTokens) => new(new AdmissionOptions { MaxTokens = maxTokens }, time);

    // Ten times as much has come as can be worked off.
    private AdmissionGate Overloaded()
    {
        var gate = Gate(1_000_000);
        for (var request = 0; request < 100; request++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            Admit(gate, 100, backlog: new Backlog(300, 300, 800, 800, 0, BatchTime, Rate));
        }

        Assert.True(gate.IsOverloaded);
        return gate;
    }

    private RequestAccount Open(string? caller = null) => ledger.Open(caller);

    private BridgeError? Admit(
        AdmissionGate gate, long tokens, string? caller = null, EmbeddingPriority priority = EmbeddingPriority.Interactive, Backlog? backlog = null) =>
        gate.TryAdmit(Open(caller), tokens, priority, backlog, TimeSpan.FromSeconds(30));
}
