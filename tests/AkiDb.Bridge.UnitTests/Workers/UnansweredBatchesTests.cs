using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;
using AkiDb.Bridge.Workers;
using Microsoft.Extensions.Time.Testing;

namespace AkiDb.Bridge.UnitTests.Workers;

public sealed class UnansweredBatchesTests
{
    private readonly FakeTimeProvider time = new();
    private readonly UnansweredBatches batches;

    public UnansweredBatchesTests() => batches = new UnansweredBatches(time);

    [Fact]
    public void Batch_that_neither_runs_nor_waits_in_two_pongs_is_lost()
    {
        Send(1);

        Assert.Null(Ask(Idle));
        Assert.Contains("has lost a batch of 1 texts", Ask(Idle), StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_that_runs_or_waits_is_not_lost_however_long_it_takes()
    {
        Send(1);
        Send(2);

        for (var second = 0; second < 600; second++)
        {
            Assert.Null(Ask(Running(1, queued: 1)));
        }
    }

    [Fact]
    public void Batch_that_was_sent_behind_the_ping_is_not_missed()
    {
        var sends = batches.Sends;
        Send(1);

        for (var second = 0; second < 10; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Null(batches.Check(Idle, sends));
        }
    }

    [Fact]
    public void Batch_between_queue_and_computation_is_not_lost()
    {
        // A busy worker is asked each time in the moment in which it takes its next batch.
        for (var batch = 1; batch < 100; batch++)
        {
            Send(batch);
            Assert.Null(Ask(Idle));
            batches.Remove(batch);
        }
    }

    [Fact]
    public void Lost_batch_is_found_although_later_ones_are_answered()
    {
        Send(1);
        var reason = (string?)null;
        for (var batch = 2; batch < 10 && reason is null; batch++)
        {
            Send(batch);
            reason = Ask(Running(batch));
            batches.Remove(batch);
        }

        Assert.NotNull(reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancelled_batch_that_waits_or_moves_on_and_on_ends_the_worker(bool runs)
    {
        Send(1);
        batches.RecordCancelled(1);

        Assert.Null(Ask(runs ? Running(1) : Queued));
        Assert.Contains("cancelled 2 s ago", Ask(runs ? Running(1) : Queued), StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelled_batch_in_one_long_step_is_left_to_the_supervisor()
    {
        Send(1);
        batches.RecordCancelled(1);

        for (var second = 1; second < 100; second++)
        {
            Assert.Null(Ask(Running(1) with { ProgressMilliseconds = (second * 1_000) + 500 }));
        }
    }

    private static PongMessage Idle => new(0, null, null, null, 0, 0, 1);

    private static PongMessage Queued => Idle with { Queued = 1 };

    private static PongMessage Running(long id, int queued = 0) => new(0, id, 5, 0, queued, 0, 1);

    private void Send(long id)
    {
        batches.Add(id, InMemoryWorker.Batch());
        batches.RecordSent(id);
    }

    private string? Ask(PongMessage pong)
    {
        var sends = batches.Sends;
        time.Advance(TimeSpan.FromSeconds(1));
        return batches.Check(pong, sends);
    }
}
