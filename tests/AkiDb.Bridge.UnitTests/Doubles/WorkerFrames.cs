using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MessagePack;

namespace AkiDb.Bridge.UnitTests.Doubles;

/// <summary>The frames that a worker sends.</summary>
internal static class WorkerFrames
{
    public delegate void MemberWriter(ref MessagePackWriter writer);

    public static byte[] Hello(int protocolMin = 1, int protocolMax = 1, int pid = 4242) => Map(
        "hello",
        ("protocol_min", Whole(protocolMin)),
        ("protocol_max", Whole(protocolMax)),
        ("worker_version", Text("0.1.0")),
        ("pid", Whole(pid)),
        ("python", Text("3.11.2")),
        ("libraries", EmptyMap));

    public static byte[] Progress(long id, string stage = "weights", double fraction = 0.5) => Map(
        "progress", ("id", Whole(id)), ("stage", Text(stage)), ("fraction", Real(fraction)));

    public static byte[] Ready(
        long id, string weights, int dimension, string pooling = "mean", int maxTokens = 256, string dtype = "float32", string encoder = "torch") => Map(
        "ready",
        ("id", Whole(id)),
        ("dimension", Whole(dimension)),
        ("max_tokens", Whole(maxTokens)),
        ("pooling", Text(pooling)),
        ("weights_sha256", Text(weights)),
        ("device", Text("cpu")),
        ("dtype", Text(dtype)),
        ("encoder", Text(encoder)),
        ("libraries", EmptyMap));

    public static byte[] Pong(long id, long? progressMilliseconds = null, long rssBytes = 1) => Map(
        "pong",
        ("id", Whole(id)),
        ("running", progressMilliseconds is null ? Nil : Whole(1)),
        ("running_ms", progressMilliseconds is { } running ? Whole(running) : Nil),
        ("progress_ms", progressMilliseconds is { } progress ? Whole(progress) : Nil),
        ("queued", Whole(0)),
        ("served", Whole(0)),
        ("rss_bytes", Whole(rssBytes)));

    public static byte[] Error(long? id, string kind, string message = "It failed.", bool retryable = true, long? input = null) => Map(
        "error",
        ("id", id is { } known ? Whole(known) : Nil),
        ("kind", Text(kind)),
        ("message", Text(message)),
        ("retryable", (ref MessagePackWriter writer) => writer.Write(retryable)),
        ("input", input is { } index ? Whole(index) : Nil));

    public static byte[] Rows(long id, int count, int dimension, float[] values) => Map(
        "rows",
        ("id", Whole(id)),
        ("count", Whole(count)),
        ("dimension", Whole(dimension)),
        ("compute_us", Whole(10)),
        ("data", (ref MessagePackWriter writer) => writer.Write(MemoryMarshal.AsBytes(values.AsSpan()))));

    public static byte[] Map(string type, params (string Name, MemberWriter Write)[] members)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(members.Length + 1);
        writer.Write("type");
        writer.Write(type);
        foreach (var (name, write) in members)
        {
            writer.Write(name);
            write(ref writer);
        }

        writer.Flush();
        return Frame(output.WrittenSpan);
    }

    public static byte[] Frame(ReadOnlySpan<byte> content)
    {
        var frame = new byte[content.Length + 4];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        content.CopyTo(frame.AsSpan(4));
        return frame;
    }

    public static MemberWriter Whole(long value) => (ref MessagePackWriter writer) => writer.Write(value);

    public static MemberWriter Real(double value) => (ref MessagePackWriter writer) => writer.Write(value);

    public static MemberWriter Text(string value) => (ref MessagePackWriter writer) => writer.Write(value);

    public static MemberWriter Raw(params byte[] bytes) => (ref MessagePackWriter writer) => writer.WriteRaw(bytes);

    public static void Nil(ref MessagePackWriter writer) => writer.WriteNil();

    public static void EmptyMap(ref MessagePackWriter writer) => writer.WriteMapHeader(0);
}
