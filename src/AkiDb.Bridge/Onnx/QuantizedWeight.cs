namespace AkiDb.Bridge.Onnx;

/// <summary>The weight of a linear layer as 8-bit integers with one scale for each output.</summary>
/// <param name="Values">The integers, [inputs, outputs]: transposed, as MatMulInteger wants them.</param>
/// <param name="Scales">What one unit is worth, for each output.</param>
internal sealed record QuantizedWeight(sbyte[] Values, float[] Scales)
{
    /// <summary>Quantises a weight, [outputs, inputs].</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="outputs">Its outputs.</param>
    /// <param name="largest">The integer that the largest value of an output becomes.</param>
    public static QuantizedWeight From(ReadOnlySpan<float> weight, int outputs, int largest)
    {
        var inputs = weight.Length / outputs;
        var values = new sbyte[weight.Length];
        var scales = new float[outputs];
        for (var output = 0; output < outputs; output++)
        {
            var row = weight.Slice(output * inputs, inputs);
            scales[output] = Math.Max(LargestMagnitude(row) / largest, float.Epsilon);
            for (var input = 0; input < inputs; input++)
            {
                values[(input * outputs) + output] = (sbyte)Math.Clamp(MathF.Round(row[input] / scales[output]), -largest, largest);
            }
        }

        return new(values, scales);
    }

    /// <summary>The largest absolute value.</summary>
    public static float LargestMagnitude(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }
}
