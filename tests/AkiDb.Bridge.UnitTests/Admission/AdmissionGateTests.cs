using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class AdmissionGateTests
{
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
    public void Overload_lets_in_only_what_keeps_the_engines_busy()
    {
        var gate = Gate(1_000_000);

        // Ten times as much as the 1,000 tokens a second that can be worked off.
        for (var request = 0; request < 100; request++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            Admit(gate, 100, Waiting(0.4));
        }

        Assert.True(gate.IsOverloaded);
        var refusal = Admit(gate, 100, Waiting(0.7));
        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.Contains("more comes than can be computed", refusal.Message, StringComparison.Ordinal);
        Assert.Null(Admit(gate, 100, Waiting(0.5)));
        Assert.Null(gate.TryAdmit(100, EmbeddingPriority.Bulk, Waiting(4), TimeSpan.FromSeconds(30)));
    }

    // 0.4 s a full batch, of which one and a half may be waited for under overload.
    private static Backlog Waiting(double seconds) => new(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(0.4), 1_000);

    private AdmissionGate Gate(long maxTokens) => new(new AdmissionOptions { MaxTokens = maxTokens }, time);

    private static BridgeError? Admit(AdmissionGate gate, long tokens, Backlog? backlog = null) =>
        gate.TryAdmit(tokens, EmbeddingPriority.Interactive, backlog, TimeSpan.FromSeconds(30));
}
