namespace AkiDb.Bridge.Onnx;

/// <summary>The weight of a linear layer as 8-bit integers with one scale for each block of an output's inputs.</summary>
/// <param name="Values">The integers, [outputs, blocks, <see cref="Size"/>], 128 standing for zero; the last block of an output is filled up with zeros.</param>
/// <param name="Scales">What one unit is worth, [outputs, blocks].</param>
internal sealed record QuantizedBlocks(byte[] Values, float[] Scales)
{
    /// <summary>The weights of one block.</summary>
    public const int Size = 32;

    private const int Zero = 128;

    /// <summary>Quantises a weight, [outputs, inputs].</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="outputs">Its outputs.</param>
    public static QuantizedBlocks From(ReadOnlySpan<float> weight, int outputs)
    {
        var inputs = weight.Length / outputs;
        var perOutput = (inputs + Size - 1) / Size;
        var values = new byte[outputs * perOutput * Size];
        var scales = new float[outputs * perOutput];
        Array.Fill(values, (byte)Zero);
        for (var block = 0; block < scales.Length; block++)
        {
            var (output, first) = (block / perOutput, block % perOutput * Size);
            var part = weight.Slice((output * inputs) + first, Math.Min(Size, inputs - first));
            scales[block] = Math.Max(QuantizedWeight.LargestMagnitude(part) / sbyte.MaxValue, float.Epsilon);
            for (var i = 0; i < part.Length; i++)
            {
                values[(block * Size) + i] = (byte)(Zero + Math.Clamp(MathF.Round(part[i] / scales[block]), -sbyte.MaxValue, sbyte.MaxValue));
            }
        }

        return new(values, scales);
    }
}
