using AkiDb.Bridge.Batching;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Dispatch;
using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.UnitTests.Batching;

public sealed class EmbedJobTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void It_ends_with_its_last_row_and_knows_all_who_have_computed_it()
    {
        var job = new EmbedJob(new TokenBatch(new int[3], new[] { 1, 1, 1 }), "", EmbeddingPriority.Interactive, true, 0, (_, _) => { }) { Work = [] };
        var instead = new DispatchReply(null, "in-process", "float32", Millisecond, Fallback: true);
        var usual = new DispatchReply(null, "worker:0", "bfloat16", 2 * Millisecond, Fallback: false);

        Assert.False(job.Record(instead, 1, default));
        Assert.False(job.Record(instead, 1, default));
        Assert.True(job.Record(usual, 2, default));

        Assert.True(job.Fallback);
        Assert.Equal(["in-process", "worker:0"], job.Engines);
        Assert.Equal(["bfloat16", "float32"], job.Precisions);
        Assert.Equal(3 * Millisecond, job.Compute);
        Assert.Equal([new EngineWork("in-process", 1, Millisecond, default), new EngineWork("worker:0", 2, 2 * Millisecond, default)], job.Work);
    }
}
