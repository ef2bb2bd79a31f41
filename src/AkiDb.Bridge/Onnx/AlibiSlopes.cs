using System.Numerics;

namespace AkiDb.Bridge.Onnx;

/// <summary>What a distance of one costs each head, in attention with linear biases.</summary>
internal static class AlibiSlopes
{
    /// <summary>The slopes, negative. Where the heads are no power of two, those beyond it take every second slope of twice that power.</summary>
    public static float[] Of(int heads)
    {
        var power = (int)(BitOperations.RoundUpToPowerOf2((uint)heads + 1) / 2);
        return [.. Enumerable.Range(0, heads).Select(head => (float)-(head < power ? Slope(head, power) : Slope(2 * (head - power), 2 * power)))];
    }

    private static double Slope(int head, int heads) => Math.Pow(2, -8.0 * (head + 1) / heads);
}
