using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class RouterTests
{
    private static readonly TimeSpan Failback = TimeSpan.FromMilliseconds(500);

    [Fact]
    public void Every_combination_of_facts_goes_where_the_rules_say()
    {
        foreach (var facts in All())
        {
            Assert.True(Expected(facts) == Router.Choose(facts, Failback), $"{facts} goes to {Router.Choose(facts, Failback)}, not to {Expected(facts)}.");
        }
    }

    [Theory]
    [InlineData(499, Route.InProcess)]
    [InlineData(500, Route.Worker)]
    [InlineData(501, Route.Worker)]
    public void Workers_that_came_back_get_the_traffic_when_they_have_proved_themselves(int servingMilliseconds, object expected)
    {
        var facts = Facts(true, TimeSpan.FromMilliseconds(servingMilliseconds), false, false, false, true, true, false);

        Assert.Equal((Route)expected, Router.Choose(facts, Failback));
    }

    [Fact]
    public void Nothing_is_refused_while_something_may_still_answer() => Assert.All(
        All().Where(facts => facts.HasWorkers && !facts.WorkersOut || facts.InProcessAllowed && (facts.InProcessReady || facts.InProcessLoading)),
        facts => Assert.NotEqual(Route.None, Router.Choose(facts, Failback)));

    [Fact]
    public void Engine_that_is_not_allowed_is_never_chosen() => Assert.All(
        All().Where(facts => !facts.InProcessAllowed),
        facts => Assert.True(Router.Choose(facts, Failback) is not Route.InProcess and not Route.WaitForInProcess));

    [Theory]
    [InlineData(EnginePreference.Workers, Route.Worker)]
    [InlineData(EnginePreference.InProcess, Route.InProcess)]
    [InlineData(EnginePreference.Fastest, Route.Either)]
    public void Preference_decides_where_both_can_answer(EnginePreference prefer, object expected)
    {
        var facts = Facts(true, TimeSpan.MaxValue, false, false, false, true, true, false, prefer);

        Assert.Equal((Route)expected, Router.Choose(facts, Failback));
        Assert.Equal(Route.Worker, Router.Choose(facts with { InProcessReady = false }, Failback));
        Assert.Equal(Route.InProcess, Router.Choose(facts with { WorkersServing = null }, Failback));
        Assert.Equal(Route.InProcess, Router.Choose(facts with { AvoidWorkers = true }, Failback));
    }

    // The table of DESIGN section 7, once more and in other words: who can, in the order of trust.
    private static Route Expected(RouteFacts facts)
    {
        var up = facts.HasWorkers && facts.WorkersServing is not null;
        var ready = facts.InProcessAllowed && facts.InProcessReady;
        return (up, ready) switch
        {
            (true, false) => Route.Worker,
            (true, true) => facts.CircuitOpen || facts.AvoidWorkers || facts.WorkersServing < Failback ? Route.InProcess : Route.Worker,
            (false, true) => Route.InProcess,
            _ when facts.InProcessAllowed && facts.InProcessLoading => Route.WaitForInProcess,
            _ when facts.HasWorkers && !facts.WorkersOut => Route.ComingWorker,
            _ => Route.None,
        };
    }

    private static IEnumerable<RouteFacts> All()
    {
        TimeSpan?[] serving = [null, TimeSpan.Zero, Failback, TimeSpan.MaxValue];
        return serving.SelectMany(_ => Enumerable.Range(0, 128), (up, bits) => Facts(
            (bits & 1) != 0, up, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0, (bits & 32) != 0, (bits & 64) != 0));
    }

    private static RouteFacts Facts(
        bool hasWorkers, TimeSpan? serving, bool workersOut, bool circuitOpen, bool avoidWorkers, bool allowed, bool ready, bool loading,
        EnginePreference prefer = EnginePreference.Workers) => new()
        {
            HasWorkers = hasWorkers,
            WorkersServing = serving,
            WorkersOut = workersOut,
            CircuitOpen = circuitOpen,
            AvoidWorkers = avoidWorkers,
            Prefer = prefer,
            InProcessAllowed = allowed,
            InProcessReady = ready,
            InProcessLoading = loading,
        };
}
