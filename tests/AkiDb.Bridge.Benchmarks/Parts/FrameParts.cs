using System.Buffers;
using System.Buffers.Binary;
using AkiDb.Bridge.Protocol;
using BenchmarkDotNet.Attributes;
using MessagePack;

namespace AkiDb.Bridge.Benchmarks.Parts;

/// <summary>Frames to and from a worker, without the pipe.</summary>
public class FrameParts : IAsyncDisposable
{
    private const int MaxFrameBytes = 64 * 1024 * 1024;
    private const int Texts = 32;
    private const int Tokens = 16;
    private const int Dimension = 384;

    private readonly int[] ids = new int[Texts * Tokens];
    private readonly int[] lengths = [.. Enumerable.Repeat(Tokens, Texts)];
    private readonly FrameWriter writer = new(Stream.Null, MaxFrameBytes);
    private readonly FrameReader reader;
    private readonly Action<IBufferWriter<byte>, FrameParts> write =
        static (output, parts) => HostMessages.WriteEmbed(output, 1, 30_000, parts.lengths, parts.ids);

    /// <summary>Prepares the frames.</summary>
    public FrameParts() => reader = new FrameReader(new RepeatingStream(RowsFrame()), MaxFrameBytes, new Rows(new float[Texts * Dimension]));

    /// <summary>One frame to the worker.</summary>
    [Benchmark(Description = "write embed frame, 32 x 16 tokens")]
    public async Task WriteEmbed() => await writer.WriteAsync(this, write, CancellationToken.None);

    /// <summary>One frame from the worker, its floats into the caller's memory.</summary>
    [Benchmark(Description = "read rows frame, 32 x 384 floats")]
    public void ReadRows() => reader.Read();

    /// <summary>Gives back what it holds.</summary>
    [GlobalCleanup]
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private static byte[] RowsFrame()
    {
        var content = new ArrayBufferWriter<byte>();
        var map = new MessagePackWriter(content);
        map.WriteMapHeader(6);
        map.Write("type");
        map.Write("rows");
        map.Write("id");
        map.Write(1);
        map.Write("count");
        map.Write(Texts);
        map.Write("dimension");
        map.Write(Dimension);
        map.Write("compute_us");
        map.Write(1234);
        map.Write("data");
        map.Write(new byte[Texts * Dimension * sizeof(float)]);
        map.Flush();
        var frame = new byte[sizeof(int) + content.WrittenCount];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.WrittenCount);
        content.WrittenSpan.CopyTo(frame.AsSpan(sizeof(int)));
        return frame;
    }

    private sealed class Rows(float[] memory) : IRowsReceiver
    {
        public bool TryClaim(RowsHeader header, out Memory<float> rows)
        {
            rows = memory;
            return true;
        }

        public void Complete(RowsHeader header)
        {
        }
    }
}
