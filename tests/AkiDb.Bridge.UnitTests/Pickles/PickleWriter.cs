using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using AkiDb.Bridge.UnitTests.Models;

namespace AkiDb.Bridge.UnitTests.Pickles;

/// <summary>Writes pickles, right ones and others, and the archives around them.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> code = [0x80, 2];

    public byte[] Bytes => [.. code, (byte)'.'];

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        code.AddRange(bytes);
        return this;
    }

    public PickleWriter Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Raw([(byte)'X', .. Int(utf8.Length), .. utf8]);
    }

    public PickleWriter Number(int number) => Raw([(byte)'J', .. Int(number)]);

    public PickleWriter Global(string module, string name) => Raw([(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")]);

    public PickleWriter Tuple(params int[] numbers)
    {
        Raw((byte)'(');
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Raw((byte)'t');
    }

    /// <summary>A member of the dictionary on the stack: a float32 tensor.</summary>
    public PickleWriter Tensor(string name, string key, int elements, int start, int[] shape, int[] strides) =>
        Text(name).Global("torch._utils", "_rebuild_tensor_v2").Raw((byte)'(', (byte)'(').Text("storage").Global("torch", "FloatStorage").Text(key).Text("cpu").Number(elements)
            .Raw((byte)'t', (byte)'Q').Number(start).Tuple(shape).Tuple(strides).Raw(0x89).Global("collections", "OrderedDict").Raw((byte)')', (byte)'R', (byte)'t', (byte)'R', (byte)'s');

    /// <summary>A dictionary with one tensor of the numbers 0, 1, 2 and 3, in <c>data/0</c>.</summary>
    public static PickleWriter One() => new PickleWriter().Raw((byte)'}').Tensor("a", "0", 4, 0, [2, 2], [2, 1]);

    public static byte[] Floats(int count) => [.. Enumerable.Range(0, count).SelectMany(number => BitConverter.GetBytes((float)number))];

    /// <summary>Writes an archive as torch.save does.</summary>
    public static string Save(TempFolder folder, byte[] pickle, params (string Name, byte[] Content)[] others)
    {
        var path = folder.At("pytorch_model.bin");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(archive, "archive/data.pkl", pickle);
        foreach (var (name, content) in others.Length == 0 ? [("archive/data/0", Floats(4))] : others)
        {
            Add(archive, name, content);
        }

        return path;
    }

    private static void Add(ZipArchive archive, string name, byte[] content, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var stream = archive.CreateEntry(name, level).Open();
        stream.Write(content);
    }

    private static byte[] Int(int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
