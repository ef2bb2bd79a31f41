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
                WriteMap(ref writer, [("architecture", LibraryModel.Library), ("folder", load.Files.Folder), ("weights", load.Files.Weights)]);
                break;
            case StaticModel table:
                WriteMap(ref writer, ModelMembers.Of(table, load.Files));
                break;
            case TransformerModel transformer:
                WriteMap(ref writer, ModelMembers.Of(transformer, load.Files));
                break;
        }
    }

    private static void WriteMap(ref MessagePackWriter writer, List<(string Name, object Value)> members)
    {
        writer.WriteMapHeader(members.Count);
        foreach (var (name, value) in members)
        {
            writer.Write(name);
            WriteValue(ref writer, value);
        }
    }

    private static void WriteValue(ref MessagePackWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                writer.Write(text);
                break;
            case bool flag:
                writer.Write(flag);
                break;
            case int number:
                writer.Write(number);
                break;
            case double number:
                writer.Write(number);
                break;
            case List<(string Name, object Value)> members:
                WriteMap(ref writer, members);
                break;
            case IEnumerable<int> numbers:
                WriteList(ref writer, numbers.Cast<object>());
                break;
            case IEnumerable<object> items:
                WriteList(ref writer, items);
                break;
            default:
                throw new ArgumentException($"A load request holds no {value.GetType().Name}.", nameof(value));
        }
    }

    private static void WriteList(ref MessagePackWriter writer, IEnumerable<object> items)
    {
        object[] all = [.. items];
        writer.WriteArrayHeader(all.Length);
        foreach (var item in all)
        {
            WriteValue(ref writer, item);
        }
    }
}
