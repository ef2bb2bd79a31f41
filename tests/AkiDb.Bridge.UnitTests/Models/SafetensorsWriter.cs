using System.Buffers.Binary;
using System.Text;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Models;

/// <summary>Writes safetensors files: whole ones, and ones with any header at all.</summary>
internal static class SafetensorsWriter
{
    public static string Write(string file, string header, int dataBytes) => Write(file, Encoding.UTF8.GetBytes(header), new byte[dataBytes]);

    public static string Write(string file, byte[] header, byte[] data)
    {
        var length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        File.WriteAllBytes(file, [.. length, .. header, .. data]);
        return file;
    }

    /// <summary>Writes some tensors of another file under other names.</summary>
    public static void Write(string file, IEnumerable<(string Name, TensorEntry Tensor)> tensors)
    {
        var header = new List<string>();
        using var data = new MemoryStream();
        foreach (var (name, tensor) in tensors)
        {
            using var source = File.OpenHandle(tensor.File);
            var bytes = new byte[tensor.Length];
            RandomAccess.Read(source, bytes, tensor.Offset);
            header.Add($"\"{name}\":{{\"dtype\":\"{tensor.Type}\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{data.Length},{data.Length + tensor.Length}]}}");
            data.Write(bytes);
        }

        Write(file, Encoding.UTF8.GetBytes($"{{{string.Join(',', header)}}}"), data.ToArray());
    }
}
