using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Reads a tensor of the model folder into memory, as float32.</summary>
internal static class TensorValues
{
    public static float[] Read(TensorEntry tensor)
    {
        var bytes = new byte[tensor.Length];
        using var stream = File.OpenRead(tensor.File);
        stream.Position = tensor.Offset;
        stream.ReadExactly(bytes);
        return tensor.Type switch
        {
            "F32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "F16" => Convert(bytes, bits => (float)BitConverter.UInt16BitsToHalf(bits)),
            _ => Convert(bytes, bits => BitConverter.Int32BitsToSingle(bits << 16)),
        };
    }

    private static float[] Convert(byte[] bytes, Func<ushort, float> convert)
    {
        var values = new float[bytes.Length / sizeof(ushort)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = convert(BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(i * sizeof(ushort))));
        }

        return values;
    }
}
