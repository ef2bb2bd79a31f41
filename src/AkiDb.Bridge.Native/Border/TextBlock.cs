using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.Diagnostics;

namespace AkiDb.Bridge.Native.Border;

/// <summary>A JSON text in native memory, with a zero byte behind it.</summary>
internal sealed unsafe class TextBlock : IDisposable
{
    private readonly byte* block;

    /// <param name="write">Writes the members of its one object.</param>
    public TextBlock(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonFormat.Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        Length = buffer.WrittenCount;
        block = (byte*)NativeMemory.Alloc((nuint)Length + 1);
        buffer.WrittenSpan.CopyTo(new Span<byte>(block, Length));
        block[Length] = 0;
    }

    /// <summary>Its bytes, without the last one.</summary>
    public int Length { get; }

    public byte* Data => block;

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.Free(block);
}
