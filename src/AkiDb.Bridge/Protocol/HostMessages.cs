using System.Buffers;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;
using MessagePack;

namespace AkiDb.Bridge.Protocol;

/// <summary>Writes the messages that the host sends, each as the content of one frame. The order of members is frozen by the golden frames.</summary>
internal static class HostMessages
{
    public static void WriteEmbed(IBufferWriter<byte> output, long id, long timeoutMilliseconds, ReadOnlySpan<int> lengths, ReadOnlySpan<int> ids)
    {
        var writer = Begin(output, "embed", 5);
        writer.Write("id");
        writer.Write(id);
        writer.Write("timeout_ms");
        writer.Write(timeoutMilliseconds);
        writer.Write("lengths");
        writer.Write(MemoryMarshal.AsBytes(lengths));
        writer.Write("ids");
        writer.Write(MemoryMarshal.AsBytes(ids));
        writer.Flush();
    }

    public static void WriteCancel(IBufferWriter<byte> output, long id) => WriteWithId(output, "cancel", id);

    public static void WritePing(IBufferWriter<byte> output, long id) => WriteWithId(output, "ping", id);

    public static void WriteShutdown(IBufferWriter<byte> output)
    {
        var writer = Begin(output, "shutdown", 1);
        writer.Flush();
    }

    public static void WriteLoad(IBufferWriter<byte> output, long id, LoadRequest load)
    {
        var writer = Begin(output, "load", 8);
        writer.Write("id");
        writer.Write(id);
        writer.Write("protocol");
        writer.Write(ProtocolVersion.Current);
        writer.Write("model");
        WriteModel(ref writer, load);
        writer.Write("device");
        writer.Write(load.Device);
        writer.Write("dtype");
        writer.Write(load.Dtype);
        writer.Write("threads");
        writer.Write(load.Threads);
        writer.Write("batch_tokens");
        writer.Write(load.BatchTokens);
        writer.Flush();
    }

    private static MessagePackWriter Begin(IBufferWriter<byte> output, string type, int members)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteMapHeader(members);
        writer.Write("type");
        writer.Write(type);
        return writer;
    }

    private static void WriteWithId(IBufferWriter<byte> output, string type, long id)
    {
        var writer = Begin(output, type, 2);
        writer.Write("id");
        writer.Write(id);
        writer.Flush();
    }

    private static void WriteModel(ref MessagePackWriter writer, LoadRequest load)
    {
        switch (load.Model)
        {
            case LibraryModel:
                MessagePackMap.Write(ref writer, [("architecture", LibraryModel.Library), ("folder", load.Files.Folder), ("weights", load.Files.Weights)]);
                break;
            case StaticModel table:
                MessagePackMap.Write(ref writer, ModelMembers.Of(table, load.Files));
                break;
            case TransformerModel transformer:
                MessagePackMap.Write(ref writer, ModelMembers.Of(transformer, load.Files));
                break;
        }
    }
}
