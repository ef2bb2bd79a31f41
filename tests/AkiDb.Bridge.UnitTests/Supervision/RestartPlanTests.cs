using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class RestartPlanTests
{
    private static readonly WorkerEnding BeforeItWasReady = new("It died.");
    private static readonly WorkerEnding Early = new("It died.") { Served = TimeSpan.FromSeconds(1) };
    private static readonly WorkerEnding GoodService = new("It died.") { Served = TimeSpan.FromSeconds(30) };

    private readonly SupervisionOptions options = new();
    private readonly RestartPlan plan;

    public RestartPlanTests() => plan = new RestartPlan(options, new FakeTimeProvider(), () => 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Early_deaths_back_off_exponentially_until_quarantine(bool ready)
    {
        var ending = ready ? Early : BeforeItWasReady;

        Assert.Equal([250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000], After(ending, 9));
        Assert.Equal((SlotState.Quarantined, options.QuarantineCoolDown.Value), plan.After(ending));
    }

    [Fact]
    public void After_quarantine_there_is_one_try()
    {
        After(Early, 10);

        Assert.Equal(SlotState.Quarantined, plan.After(BeforeItWasReady).State);
    }

    [Fact]
    public void Good_service_forgets_everything()
    {
        After(Early, 10);

        Assert.Equal((SlotState.BackingOff, options.BackOffBase.Value), plan.After(GoodService));
        Assert.Equal([500, 1000], After(Early, 2));
    }

    [Fact]
    public void Suspected_input_does_not_lengthen_the_back_off_but_counts()
    {
        var guilty = Early with { InputSuspected = true };

        Assert.Equal(Enumerable.Repeat(250.0, 9), After(guilty, 9));
        Assert.Equal(SlotState.Quarantined, plan.After(guilty).State);
    }

    [Fact]
    public void Worker_that_served_and_was_ended_from_outside_does_not_count() =>
        Assert.Equal(Enumerable.Repeat(250.0, 100), After(Early with { FromOutside = true }, 100));

    [Fact]
    public void Worker_that_is_ended_from_outside_before_it_was_ready_counts()
    {
        After(BeforeItWasReady with { FromOutside = true }, 9);

        Assert.Equal(SlotState.Quarantined, plan.After(BeforeItWasReady with { FromOutside = true }).State);
    }

    [Fact]
    public void What_a_restart_cannot_mend_is_tried_slowly_and_does_not_count()
    {
        Assert.Equal(Enumerable.Repeat(30_000.0, 20), After(BeforeItWasReady with { Misconfigured = true }, 20));
        Assert.Equal([250], After(Early, 1));
    }

    private List<double> After(WorkerEnding ending, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => plan.After(ending).Delay.TotalMilliseconds)];
}
