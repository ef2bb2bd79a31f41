using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class AdmissionGateTests
{
    private const double Rate = 1_000;
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(0.4);

    private readonly FakeTimeProvider time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Full_is_a_refusal_that_says_when_to_come_back()
    {
        var gate = Gate(100);
        Assert.Null(Admit(gate, 60));
        Assert.Null(Admit(gate, 40));

        var refusal = Admit(gate, 1);

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.NotNull(refusal.RetryAfter);
        Assert.Contains("100 tokens", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(100, gate.Admitted);
        gate.Release(60);
        Assert.Null(Admit(gate, 60));
    }

    [Fact]
    public void Giant_is_admitted_alone()
    {
        var gate = Gate(100);
        Assert.Null(Admit(gate, 5_000));
        Assert.NotNull(Admit(gate, 1));
        gate.Release(5_000);
        Assert.Null(Admit(gate, 1));
        Assert.NotNull(Admit(gate, 5_000));
        Assert.Equal(1, gate.Admitted);
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
                    if (Admit(gate, tokens) is null)
                    {
                        Assert.InRange(Interlocked.Add(ref inside, tokens), 1, 100);
                        Interlocked.Add(ref inside, -tokens);
                        gate.Release(tokens);
                    }
                }
            },
            Stop)));

        Assert.Equal(0, gate.Admitted);
    }

    [Fact]
    public async Task Refused_giants_never_cost_a_small_request_its_place()
    {
        var gate = Gate(100);
        Assert.Null(Admit(gate, 50));
        using var done = new CancellationTokenSource();
        var giants = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.NotNull(Admit(gate, 90));
                }
            },
            Stop);

        var refused = 0;
        for (var i = 0; i < 200_000; i++)
        {
            refused += Admit(gate, 10) is null ? 0 : 1;
            gate.Release(refused == 0 ? 10 : 0);
        }

        await done.CancelAsync();
        await giants;
        Assert.Equal(0, refused);
    }

    [Fact]
    public void Request_that_cannot_make_its_deadline_is_refused_at_the_door()
    {
        var gate = Gate(100);

        var refusal = gate.TryAdmit(1, EmbeddingPriority.Bulk, Waiting(31), TimeSpan.FromSeconds(30));

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.Contains("31 s", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, gate.Admitted);
        Assert.Null(gate.TryAdmit(1, EmbeddingPriority.Bulk, Waiting(29), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Long_wait_refuses_interactive_work_only_and_says_when_it_will_be_shorter()
    {
        var gate = new AdmissionGate(new AdmissionOptions { MaxWait = TimeSpan.FromSeconds(2) }, time);

        var refusal = gate.TryAdmit(1, EmbeddingPriority.Interactive, Waiting(9), TimeSpan.FromSeconds(30));

        Assert.Equal(TimeSpan.FromSeconds(7), refusal!.RetryAfter);
        Assert.Null(gate.TryAdmit(1, EmbeddingPriority.Bulk, Waiting(9), TimeSpan.FromSeconds(30)));
        Assert.Null(gate.TryAdmit(1, EmbeddingPriority.Interactive, Waiting(2), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Overload_lets_no_more_wait_than_a_part_of_a_batch_for_each_engine()
    {
        var gate = Overloaded();

        var refusal = Admit(gate, 100, new Backlog(321, 100, 800, 0, BatchTime, Rate));

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.Contains("More comes than can be computed", refusal.Message, StringComparison.Ordinal);
        Assert.Null(Admit(gate, 100, new Backlog(320, 100, 800, 0, BatchTime, Rate)));
        Assert.Null(gate.TryAdmit(100, EmbeddingPriority.Bulk, new Backlog(4_000, 800, 800, 0, BatchTime, Rate), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Overload_refuses_nobody_while_an_engine_has_a_free_seat()
    {
        // Of many engines no more than one may have shown how fast it is.
        Assert.Null(Admit(Overloaded(), 100, new Backlog(0, 3_000, 800, 0, BatchTime, Rate)));
    }

    [Fact]
    public void Overload_is_over_when_nobody_comes_any_more()
    {
        var gate = Overloaded();
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(gate.IsOverloaded);
    }

    private static Backlog Waiting(double seconds) => new((long)(seconds * Rate), 0, 0, 0, BatchTime, Rate);

    private AdmissionGate Gate(long maxTokens) => new(new AdmissionOptions { MaxTokens = maxTokens }, time);

    // Ten times as much has come as can be worked off.
    private AdmissionGate Overloaded()
    {
        var gate = Gate(1_000_000);
        for (var request = 0; request < 100; request++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            Admit(gate, 100, new Backlog(300, 800, 800, 0, BatchTime, Rate));
        }

        Assert.True(gate.IsOverloaded);
        return gate;
    }

    private static BridgeError? Admit(AdmissionGate gate, long tokens, Backlog? backlog = null) =>
        gate.TryAdmit(tokens, EmbeddingPriority.Interactive, backlog, TimeSpan.FromSeconds(30));
}
