using AkiDb.Bridge.Onnx;

namespace AkiDb.Bridge.UnitTests.Onnx;

public sealed class RunQueueTests
{
    private static readonly BridgeError Failure = new(BridgeErrorKind.EngineFault, "The run failed.");

    private readonly RunQueue queue = new(cores: 2, TimeProvider.System);

    [Fact]
    public void A_micro_batch_alone_gets_every_core()
    {
        using var call = Add(16);

        Assert.True(queue.Take()!.Value.Wide);
    }

    [Fact]
    public void Micro_batches_in_company_get_one_core_each()
    {
        using var call = Add(256, 256);

        Assert.False(queue.Take()!.Value.Wide);
        Assert.False(queue.Take()!.Value.Wide);
    }

    [Fact]
    public void Callers_take_turns()
    {
        using var large = Add(256, 256, 256, 256);
        using var small = Add(256);
        var permits = new List<RunPermit>();
        for (var i = 0; i < 3; i++)
        {
            var permit = queue.Take()!.Value;
            permits.Add(permit);
            queue.Release(permit, null);
        }

        Assert.Equal([large, small, large], permits.Select(permit => permit.Call));
    }

    [Fact]
    public void A_call_ends_when_its_last_run_ends()
    {
        using var call = Add(256, 256);
        var first = queue.Take()!.Value;
        var second = queue.Take()!.Value;

        queue.Release(first, null);
        Assert.False(call.Ended.IsCompleted);
        queue.Release(second, null);

        Assert.True(call.Ended.IsCompleted);
        Assert.Equal(EmbedOutcome.Completed, call.Outcome);
    }

    [Fact]
    public void A_cancelled_call_ends_only_after_its_runs_have()
    {
        using var call = Add(256, 256, 256);
        var permit = queue.Take()!.Value;

        queue.End(call, EmbedOutcome.Cancelled);
        Assert.True(call.Options.Terminate);
        Assert.False(call.Ended.IsCompleted);
        queue.Release(permit, Failure);

        Assert.True(call.Ended.IsCompleted);
        Assert.Equal(EmbedOutcome.Cancelled, call.Outcome);
    }

    [Fact]
    public void A_call_whose_time_is_over_in_the_moment_that_it_would_start_never_starts()
    {
        // As a fake clock does, which fires what is due when it is asked.
        var clock = new Clock();
        var clocked = new RunQueue(cores: 2, clock);
        using var late = Call(256, 256);
        using var other = Call(256);
        Assert.True(clocked.TryAdd(late) && clocked.TryAdd(other));
        clock.Asked = () => clocked.End(late, EmbedOutcome.DeadlineExceeded);

        Assert.Same(other, clocked.Take()!.Value.Call);
        Assert.Equal(EmbedOutcome.DeadlineExceeded, late.Outcome);
    }

    [Fact]
    public void A_failed_run_ends_its_call_and_no_other()
    {
        using var failing = Add(256, 256);
        using var other = Add(256);

        queue.Release(queue.Take()!.Value, Failure);

        Assert.Equal((EmbedOutcome.Failed, Failure), (failing.Outcome, failing.Error));
        Assert.True(failing.Ended.IsCompleted);
        Assert.Same(other, queue.Take()!.Value.Call);
    }

    [Fact]
    public void A_closed_queue_takes_no_call_and_empties()
    {
        using var call = Add(16);
        queue.Close();

        Assert.False(queue.TryAdd(call));
        queue.Release(queue.Take()!.Value, null);
        Assert.Null(queue.Take());
    }

    private EmbedCall Add(params int[] lengths)
    {
        var call = Call(lengths);
        Assert.True(queue.TryAdd(call));
        return call;
    }

    private static EmbedCall Call(params int[] lengths) => new(default, default, CallPlan.Create(lengths, mostTokens: 256, cores: 1));

    private sealed class Clock : TimeProvider
    {
        public Action Asked { get; set; } = () => { };

        public override long GetTimestamp()
        {
            Asked();
            return base.GetTimestamp();
        }
    }
}
