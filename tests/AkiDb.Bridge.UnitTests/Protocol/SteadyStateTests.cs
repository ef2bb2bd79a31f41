using System.Buffers;
using AkiDb.Bridge.Protocol;
using AkiDb.Bridge.UnitTests.Doubles;

namespace AkiDb.Bridge.UnitTests.Protocol;

/// <summary>A steady stream of frames costs the garbage collector nothing. (The asynchronous parts show that in Release only: <c>scripts/bench parts</c>.)</summary>
public sealed class SteadyStateTests
{
    [Fact]
    public void Reading_rows_allocates_nothing()
    {
        var frame = WorkerFrames.Rows(7, 32, 384, new float[32 * 384]).AsMemory(4);

        Assert.Equal(0, Allocated(() => Assert.True(RowsReader.TryRead(frame, out _, out _, out _))));
    }

    [Fact]
    public void Writing_batches_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>(16 * 1024);
        var (lengths, ids) = (Enumerable.Repeat(16, 32).ToArray(), new int[512]);

        Assert.Equal(0, Allocated(() =>
        {
            output.ResetWrittenCount();
            HostMessages.WriteEmbed(output, 1, 30_000, lengths, ids);
        }));
    }

    private static long Allocated(Action step)
    {
        // What is made once is made before.
        step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var frame = 0; frame < 100; frame++)
        {
            step();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
