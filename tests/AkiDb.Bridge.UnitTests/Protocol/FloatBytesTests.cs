using System.Runtime.InteropServices;
using AkiDb.Bridge.Protocol;

namespace AkiDb.Bridge.UnitTests.Protocol;

public sealed class FloatBytesTests
{
    [Fact]
    public void Bytes_written_are_the_floats()
    {
        var floats = new float[3];
        using var view = new FloatBytes();

        BitConverter.GetBytes(1.5f).CopyTo(view.Over(floats.AsMemory(1, 2)).Span);

        Assert.Equal([0, 1.5f, 0], floats);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(11)]
    public unsafe void Pinned_memory_is_the_floats_own(int offset)
    {
        float[] floats = [1, 2, 3, 4];
        using var view = new FloatBytes();
        var memory = view.Over(floats.AsMemory(1));

        using var handle = memory[offset..].Pin();

        var expected = MemoryMarshal.AsBytes(floats.AsSpan(1))[offset];
        Assert.Equal(expected, *(byte*)handle.Pointer);
        GC.Collect();
        Assert.Equal(expected, *(byte*)handle.Pointer);
    }

    [Fact]
    public void View_moves_on_to_other_floats()
    {
        using var view = new FloatBytes();
        view.Over(new float[1]);

        Assert.Equal(8, view.Over(new float[] { 1, 2 }).Length);
    }
}
