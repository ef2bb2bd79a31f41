using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Dispatch;

public sealed class DispatchCallTests
{
    private const int Retries = 2;

    [Fact]
    public void Call_has_failed_once_an_engine_has_failed_on_it()
    {
        var call = Call(texts: 1);
        Assert.False(call.HasFailed);

        call.RecordFailure(onWorker: true, died: false);

        Assert.True(call.HasFailed);
        Assert.Equal(0, call.Deaths);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Next_try_goes_to_the_other_engine(bool onWorker)
    {
        var call = Call(texts: 1);

        call.RecordFailure(onWorker, died: false);

        Assert.Equal((onWorker, !onWorker), (call.Requirements.AvoidWorkers, call.Requirements.AvoidInProcess));
    }

    [Fact]
    public void Failure_that_may_end_differently_is_tried_again_until_the_retries_are_used_up()
    {
        var call = Call(texts: 2);
        var tries = 0;
        do
        {
            call.RecordFailure(onWorker: true, died: false);
            tries++;
        }
        while (call.IsWorthRetrying(Failed(BridgeErrorKind.EngineFault)));

        Assert.Equal(1 + Retries, tries);
    }

    [Fact]
    public void Part_has_two_tries_and_both_engines_to_choose_from()
    {
        var call = Call(texts: 4);
        call.RecordFailure(onWorker: true, died: true);
        call.RecordFailure(onWorker: false, died: false);

        var part = call.Part(1, 2);

        Assert.Equal((2, 1, false), (part.Batch.Texts, part.Deaths, part.HasFailed));
        Assert.Equal((false, false), (part.Requirements.AvoidWorkers, part.Requirements.AvoidInProcess));
        part.RecordFailure(onWorker: true, died: false);
        Assert.True(part.IsWorthRetrying(Failed(BridgeErrorKind.EngineFault)));
        part.RecordFailure(onWorker: false, died: false);
        Assert.False(part.IsWorthRetrying(Failed(BridgeErrorKind.EngineFault)));
    }

    [Fact]
    public void Part_has_its_own_texts_and_their_rows()
    {
        var rows = Enumerable.Range(0, 8).Select(value => (float)value).ToArray();
        var call = new DispatchCall(InMemoryWorker.Batch(4), rows, new EngineRequirements(true, false), lease: null, Retries, deaths: 0);

        Assert.Equal([2, 3, 4, 5], call.Part(1, 2).Rows.ToArray());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Batch_that_is_too_large_for_an_engines_memory_is_divided_and_not_tried_again_as_it_is(int texts, bool again)
    {
        var call = Call(texts);
        call.RecordFailure(onWorker: true, died: false);

        Assert.Equal((again, !again), (call.IsWorthRetrying(Failed(BridgeErrorKind.OutOfMemory)), call.IsWorthDividing(Failed(BridgeErrorKind.OutOfMemory))));
    }

    [Theory]
    [InlineData(1, 0, 3)]
    [InlineData(2, 0, 2)]
    [InlineData(1, 5, 1)]
    public void Batch_is_deadly_after_deaths_of_its_own(int texts, int deathsBefore, int deathsUntilDeadly)
    {
        var call = Call(texts, deathsBefore);
        var deaths = 0;
        while (!call.IsDeadly)
        {
            call.RecordFailure(onWorker: true, died: true);
            deaths++;
        }

        Assert.Equal(deathsUntilDeadly, deaths);
    }

    [Fact]
    public void Failure_that_ends_the_same_everywhere_is_neither_tried_again_nor_divided()
    {
        var call = Call(texts: 2);
        call.RecordFailure(onWorker: true, died: false);

        Assert.False(call.IsWorthRetrying(Failed(BridgeErrorKind.BadInput)));
        Assert.False(call.IsWorthDividing(Failed(BridgeErrorKind.BadInput)));
    }

    private static DispatchCall Call(int texts, int deaths = 0) =>
        new(InMemoryWorker.Batch(texts), new float[texts * 2], new EngineRequirements(true, false), lease: null, Retries, deaths);

    private static DispatchReply Failed(BridgeErrorKind kind) => DispatchReply.Failed(new BridgeError(kind, "It failed."));
}
