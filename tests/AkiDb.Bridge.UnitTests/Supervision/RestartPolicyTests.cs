using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class RestartPolicyTests
{
    private static readonly WorkerEnd BeforeItWasReady = new("It died.");
    private static readonly WorkerEnd Early = new("It died.") { Served = TimeSpan.FromSeconds(1) };
    private static readonly WorkerEnd GoodService = new("It died.") { Served = TimeSpan.FromSeconds(30) };

    private readonly SupervisionOptions options = new();
    private readonly FakeTimeProvider time = new();
    private readonly RestartPolicy policy;

    public RestartPolicyTests() => policy = new RestartPolicy(options, time, () => 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Early_deaths_back_off_exponentially_until_quarantine(bool ready)
    {
        var end = ready ? Early : BeforeItWasReady;

        Assert.Equal([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000], After(end, 9));
        Assert.Equal((SlotState.Quarantined, options.QuarantineCoolDown), policy.After(end));
    }

    [Fact]
    public void After_quarantine_there_is_one_try()
    {
        After(Early, 10);

        Assert.Equal(SlotState.Quarantined, policy.After(BeforeItWasReady).State);
    }

    [Fact]
    public void After_quarantine_there_is_one_try_however_long_ago_the_other_deaths_are()
    {
        After(Early, 10);
        time.Advance(options.QuarantineWindow * 2);

        Assert.Equal(SlotState.Quarantined, policy.After(BeforeItWasReady).State);
    }

    [Fact]
    public void Back_off_that_does_not_grow_has_jitter_too()
    {
        var half = new RestartPolicy(options, time, () => 0.5);

        Assert.Equal(options.BackOffBase / 2, half.After(Early with { FromOutside = true }).Delay);
    }

    [Fact]
    public void Good_service_forgets_everything()
    {
        After(Early, 10);

        Assert.Equal((SlotState.BackingOff, options.BackOffBase), policy.After(GoodService));
        Assert.Equal([500, 1000], After(Early, 2));
    }

    [Fact]
    public void Suspected_input_does_not_lengthen_the_back_off_but_counts()
    {
        var suspected = Early with { InputSuspected = true };

        Assert.Equal(Enumerable.Repeat(250.0, 9), After(suspected, 9));
        Assert.Equal(SlotState.Quarantined, policy.After(suspected).State);
    }

    [Fact]
    public void Worker_that_served_and_was_ended_from_outside_does_not_count() =>
        Assert.Equal(Enumerable.Repeat(250.0, 100), After(Early with { FromOutside = true }, 100));

    [Fact]
    public void Worker_that_is_ended_from_outside_before_it_was_ready_counts()
    {
        After(BeforeItWasReady with { FromOutside = true }, 9);

        Assert.Equal(SlotState.Quarantined, policy.After(BeforeItWasReady with { FromOutside = true }).State);
    }

    [Fact]
    public void What_a_restart_cannot_mend_is_tried_slowly_and_does_not_count()
    {
        Assert.Equal(Enumerable.Repeat(30_000.0, 20), After(BeforeItWasReady with { Misconfigured = true }, 20));
        Assert.Equal([250], After(Early, 1));
    }

    [Fact]
    public void Delay_is_anywhere_below_the_bound()
    {
        var draws = new Queue<double>([0, 0.5, 0.25]);
        var drawn = new RestartPolicy(options, time, draws.Dequeue);

        Assert.Equal([0, 250, 250], Enumerable.Range(0, 3).Select(_ => drawn.After(Early).Delay.TotalMilliseconds));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(86_400)]
    public void Any_number_of_deaths_stays_within_the_largest_bound(int firstSeconds)
    {
        options.BackOffBase = TimeSpan.FromSeconds(firstSeconds);
        options.BackOffMax = TimeSpan.FromHours(24);

        Assert.All(Enumerable.Range(0, 1000), before => Assert.InRange(RestartPolicy.BackOff(options, before), TimeSpan.Zero, options.BackOffMax));
    }

    [Fact]
    public void Early_deaths_that_are_far_apart_are_no_crash_loop()
    {
        options.QuarantineAfter = 3;
        for (var death = 0; death < 20; death++)
        {
            Assert.Equal(SlotState.BackingOff, policy.After(Early).State);
            time.Advance(options.QuarantineWindow / 1.9);
        }
    }

    private List<double> After(WorkerEnd end, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => policy.After(end).Delay.TotalMilliseconds)];
}
