using System.Numerics;
using System.Runtime.CompilerServices;
using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.StaticEmbeddings;

/// <summary>The values of a small tensor.</summary>
internal static class TensorNumbers
{
    public static IEnumerable<double> Read(TensorEntry tensor, MappedFile file)
    {
        for (long index = 0; index < tensor.Shape[0]; index++)
        {
            yield return At(tensor, file.Start + (nint)tensor.Offset, index);
        }
    }

    /// <summary>A bfloat16 is a float32's upper half.</summary>
    public static float FromBrainFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static double At(TensorEntry tensor, nint start, long index) => tensor.Type switch
    {
        "I64" => Value<long>(start, index),
        "I32" => Value<int>(start, index),
        "F64" => Value<double>(start, index),
        "F16" => Value<Half>(start, index),
        "BF16" => FromBrainFloat((ushort)Value<ushort>(start, index)),
        _ => Value<float>(start, index),
    };

    // A safetensors file aligns nothing.
    private static unsafe double Value<T>(nint start, long index)
        where T : unmanaged, INumberBase<T> => double.CreateTruncating(Unsafe.ReadUnaligned<T>((byte*)start + (index * sizeof(T))));
}
