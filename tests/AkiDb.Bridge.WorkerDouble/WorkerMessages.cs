using System.Buffers;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;
using MessagePack;

namespace AkiDb.Bridge.WorkerDouble;

/// <summary>Writes the messages of a worker, each as the content of one frame.</summary>
internal static class WorkerMessages
{
    public static void WriteHello(IBufferWriter<byte> output)
    {
        var writer = Begin(output, "hello", 7);
        Write(ref writer, "protocol_min", 1);
        Write(ref writer, "protocol_max", 1);
        Write(ref writer, "worker_version", "double");
        Write(ref writer, "pid", Environment.ProcessId);
        Write(ref writer, "python", "none");
        WriteLibraries(ref writer);
        writer.Flush();
    }

    public static void WriteReady(IBufferWriter<byte> output, long id, TransformerModel model, string weights)
    {
        var writer = Begin(output, "ready", 10);
        Write(ref writer, "id", id);
        Write(ref writer, "dimension", model.Dimension);
        Write(ref writer, "max_tokens", model.MaxTokens);
        Write(ref writer, "pooling", model.PoolingName);
        Write(ref writer, "weights_sha256", weights);
        Write(ref writer, "device", "cpu");
        Write(ref writer, "dtype", "float32");
        Write(ref writer, "encoder", "torch");
        WriteLibraries(ref writer);
        writer.Flush();
    }

    public static void WritePong(IBufferWriter<byte> output, long id, long? running, int queued, long served)
    {
        var writer = Begin(output, "pong", 8);
        Write(ref writer, "id", id);
        writer.Write("running");
        WriteOrNil(ref writer, running);
        Write(ref writer, "running_ms", 0);
        writer.Write("progress_ms");
        WriteOrNil(ref writer, running is null ? null : 0);
        Write(ref writer, "queued", queued);
        Write(ref writer, "served", served);
        Write(ref writer, "rss_bytes", Environment.WorkingSet);
        writer.Flush();
    }

    public static void WriteRows(IBufferWriter<byte> output, long id, int count, int dimension, TimeSpan compute, ReadOnlySpan<float> rows)
    {
        var writer = Begin(output, "rows", 6);
        Write(ref writer, "id", id);
        Write(ref writer, "count", count);
        Write(ref writer, "dimension", dimension);
        Write(ref writer, "compute_us", (long)compute.TotalMicroseconds);
        writer.Write("data");
        writer.Write(MemoryMarshal.AsBytes(rows));
        writer.Flush();
    }

    private static MessagePackWriter Begin(IBufferWriter<byte> output, string type, int members)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(members);
        Write(ref writer, "type", type);
        return writer;
    }

    private static void Write(ref MessagePackWriter writer, string name, long value)
    {
        writer.Write(name);
        writer.Write(value);
    }

    private static void Write(ref MessagePackWriter writer, string name, string value)
    {
        writer.Write(name);
        writer.Write(value);
    }

    private static void WriteOrNil(ref MessagePackWriter writer, long? value)
    {
        if (value is { } number)
        {
            writer.Write(number);
        }
        else
        {
            writer.WriteNil();
        }
    }

    private static void WriteLibraries(ref MessagePackWriter writer)
    {
        writer.Write("libraries");
        writer.WriteMapHeader(0);
    }
}
