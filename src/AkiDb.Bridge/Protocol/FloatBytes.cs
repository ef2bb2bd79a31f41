using System.Buffers;
using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Protocol;

/// <summary>Shows memory of floats as memory of bytes. The wire's floats are little-endian, as is every platform that this runs on.</summary>
internal sealed class FloatBytes : MemoryManager<byte>
{
    private Memory<float> floats;

    /// <summary>The bytes of <paramref name="memory"/>, valid until the next call.</summary>
    public Memory<byte> Over(Memory<float> memory)
    {
        floats = memory;
        return CreateMemory(memory.Length * sizeof(float));
    }

    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(floats.Span);

    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        var (index, remainder) = Math.DivRem(elementIndex, sizeof(float));
        var handle = floats[index..].Pin();
        return new MemoryHandle((byte*)handle.Pointer + remainder, pinnable: new PinnedFloats(handle));
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class PinnedFloats(MemoryHandle handle) : IPinnable
    {
        private MemoryHandle handle = handle;

        public MemoryHandle Pin(int elementIndex) => throw new NotSupportedException("This memory is pinned already.");

        public void Unpin() => handle.Dispose();
    }
}
