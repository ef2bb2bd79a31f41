using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Dispatch;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class TextQueueTests
{
    private readonly TextQueue queue = new(new EngineRequirements(true, false), batchTokens: 0);

    [Fact]
    public void Interactive_texts_go_first_and_bulk_gets_a_fifth_of_the_batches()
    {
        Add(queue.Interactive, 20);
        Add(queue.Bulk, 20);

        var lanes = Enumerable.Range(0, 10).Select(_ => queue.Cut(2).Count == 2 ? 'i' : 'b');

        Assert.Equal("iiiibiiiib", string.Concat(lanes));
    }

    [Fact]
    public void Bulk_alone_gets_whole_batches()
    {
        Add(queue.Bulk, 20);

        Assert.Equal([8, 8, 4], Enumerable.Range(0, 3).Select(_ => queue.Cut(8).Count));
    }

    [Fact]
    public void Bulk_beside_interactive_texts_gets_half_a_batch_for_a_while()
    {
        Add(queue.Interactive, 1);
        Add(queue.Bulk, 100);

        Assert.Equal([1, .. Enumerable.Repeat(4, 16), 8], Enumerable.Range(0, 18).Select(_ => queue.Cut(8).Count));
    }

    [Fact]
    public void What_may_kill_a_worker_goes_alone()
    {
        var suspects = new TextQueue(new EngineRequirements(true, AvoidWorkers: true), batchTokens: 0);
        Add(suspects.Interactive, 3);

        Assert.Single(suspects.Cut(512));
    }

    [Fact]
    public void Configured_size_comes_before_the_engines()
    {
        var configured = new TextQueue(new EngineRequirements(true, false), batchTokens: 3);
        Add(configured.Interactive, 10);

        Assert.Equal(3, configured.Cut(512).Count);
    }

    [Fact]
    public void Lease_is_filled_by_what_waits_in_both_lanes()
    {
        Add(queue.Interactive, 3);
        Add(queue.Bulk, 2);

        Assert.True(queue.Fills(5));
        Assert.False(queue.Fills(6));
        Assert.True(new TextQueue(new EngineRequirements(true, AvoidWorkers: true), batchTokens: 0).Fills(512));
    }

    private static void Add(TextLane lane, int texts)
    {
        for (var text = 0; text < texts; text++)
        {
            lane.Add(new QueuedText(new int[1], text, new TextQueue(default, 0)), "");
        }
    }
}
