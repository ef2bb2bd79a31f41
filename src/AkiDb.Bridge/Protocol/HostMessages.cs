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
        WriteModel(ref writer, load.Model);
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

    private static void WriteModel(ref MessagePackWriter writer, ModelDescription model)
    {
        switch (model)
        {
            case LibraryModel library:
                WriteLibrary(ref writer, library);
                break;
            case TransformerModel transformer:
                WriteTransformer(ref writer, transformer);
                break;
        }
    }

    private static void WriteLibrary(ref MessagePackWriter writer, LibraryModel model)
    {
        writer.WriteMapHeader(3);
        writer.Write("architecture");
        writer.Write(LibraryModel.Library);
        writer.Write("folder");
        writer.Write(model.Folder);
        WriteFiles(ref writer, model);
    }

    private static void WriteFiles(ref MessagePackWriter writer, ModelDescription model)
    {
        writer.Write("weights");
        writer.WriteArrayHeader(model.WeightFiles.Count);
        foreach (var file in model.WeightFiles)
        {
            writer.Write(file);
        }
    }

    private static void WriteTransformer(ref MessagePackWriter writer, TransformerModel model)
    {
        var architecture = model.Architecture;
        writer.WriteMapHeader(11 + (architecture is BertArchitecture ? 2 : 4));
        writer.Write("architecture");
        writer.Write(architecture.Name);
        WriteFiles(ref writer, model);
        writer.Write("prefix");
        writer.Write(model.Weights.Prefix);
        writer.Write("pooling");
        writer.Write(model.PoolingName);
        WriteNumber(ref writer, "max_tokens", model.MaxTokens);
        WriteNumber(ref writer, "vocabulary_size", architecture.VocabularySize);
        WriteNumber(ref writer, "hidden_size", architecture.HiddenSize);
        WriteNumber(ref writer, "layers", architecture.Layers);
        WriteNumber(ref writer, "heads", architecture.Heads);
        WriteNumber(ref writer, "intermediate_size", architecture.IntermediateSize);
        WriteNumber(ref writer, "max_positions", architecture.MaxPositions);
        switch (architecture)
        {
            case BertArchitecture bert:
                WriteNumber(ref writer, "token_types", bert.TokenTypes);
                WriteReal(ref writer, "layer_norm_epsilon", bert.LayerNormEpsilon);
                break;
            case Qwen3Architecture qwen:
                WriteNumber(ref writer, "key_value_heads", qwen.KeyValueHeads);
                WriteNumber(ref writer, "head_size", qwen.HeadSize);
                WriteReal(ref writer, "rms_norm_epsilon", qwen.RmsNormEpsilon);
                WriteReal(ref writer, "rope_theta", qwen.RopeTheta);
                break;
        }
    }

    private static void WriteNumber(ref MessagePackWriter writer, string name, int value)
    {
        writer.Write(name);
        writer.Write(value);
    }

    private static void WriteReal(ref MessagePackWriter writer, string name, double value)
    {
        writer.Write(name);
        writer.Write(value);
    }
}
