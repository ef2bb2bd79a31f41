using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class AdmissionGateTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Full_is_a_refusal_that_says_when_to_come_back()
    {
        var gate = new AdmissionGate(100);
        Assert.Null(gate.TryAdmit(60));
        Assert.Null(gate.TryAdmit(40));

        var refusal = gate.TryAdmit(1);

        Assert.Equal(BridgeErrorKind.Overloaded, refusal!.Kind);
        Assert.NotNull(refusal.RetryAfter);
        Assert.Contains("100 tokens", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(100, gate.Admitted);
        gate.Release(60);
        Assert.Null(gate.TryAdmit(60));
    }

    [Fact]
    public void Giant_is_admitted_alone()
    {
        var gate = new AdmissionGate(100);
        Assert.Null(gate.TryAdmit(5_000));
        Assert.NotNull(gate.TryAdmit(1));
        gate.Release(5_000);
        Assert.Null(gate.TryAdmit(1));
        Assert.NotNull(gate.TryAdmit(5_000));
        Assert.Equal(1, gate.Admitted);
    }

    [Fact]
    public async Task Many_callers_never_exceed_the_permits_and_give_all_back()
    {
        var gate = new AdmissionGate(100);
        long inside = 0;

        await Task.WhenAll(Enumerable.Range(1, 8).Select(seed => Task.Run(
            () =>
            {
                var random = new Random(seed);
                for (var i = 0; i < 50_000; i++)
                {
                    var tokens = random.Next(1, 60);
                    if (gate.TryAdmit(tokens) is null)
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
        var gate = new AdmissionGate(100);
        Assert.Null(gate.TryAdmit(50));
        using var done = new CancellationTokenSource();
        var giants = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.NotNull(gate.TryAdmit(90));
                }
            },
            Stop);

        var refused = 0;
        for (var i = 0; i < 200_000; i++)
        {
            refused += gate.TryAdmit(10) is null ? 0 : 1;
            gate.Release(refused == 0 ? 10 : 0);
        }

        await done.CancelAsync();
        await giants;
        Assert.Equal(0, refused);
    }
}
