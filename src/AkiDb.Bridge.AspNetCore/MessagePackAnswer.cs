using System.Buffers;
using System.Runtime.InteropServices;
using MessagePack;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>An answer in MessagePack; all vectors are one <c>bin</c> of little-endian float32.</summary>
internal sealed class MessagePackAnswer(IBufferWriter<byte> output) : AnswerFormat
{
    public override string ContentType => "application/x-msgpack";

    public override void BeginMap(int members)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(members);
        writer.Flush();
    }

    public override void BeginMap(string name, int members)
    {
        var writer = Named(name);
        writer.WriteMapHeader(members);
        writer.Flush();
    }

    public override void EndMap()
    {
    }

    public override void BeginVectors(string name, int count, int dimensions)
    {
        var writer = Named(name);
        writer.WriteBinHeader(checked(count * dimensions * sizeof(float)));
        writer.Flush();
    }

    public override void Vector(ReadOnlySpan<float> vector) => output.Write(MemoryMarshal.AsBytes(vector));

    public override void EndVectors()
    {
    }

    public override void Text(string name, string value)
    {
        var writer = Named(name);
        writer.Write(value);
        writer.Flush();
    }

    public override void Number(string name, long value)
    {
        var writer = Named(name);
        writer.Write(value);
        writer.Flush();
    }

    public override void Flag(string name, bool value)
    {
        var writer = Named(name);
        writer.Write(value);
        writer.Flush();
    }

    public override void Flags(string name, IReadOnlyList<bool> values)
    {
        var writer = Named(name);
        writer.WriteArrayHeader(values.Count);
        foreach (var value in values)
        {
            writer.Write(value);
        }

        writer.Flush();
    }

    private MessagePackWriter Named(string name)
    {
        var writer = new MessagePackWriter(output);
        writer.Write(name);
        return writer;
    }
}
