namespace AkiDb.Bridge.Models;

/// <summary>The rotary positions of a layer.</summary>
/// <param name="Theta">The base of the frequencies; 0 where there are no such positions.</param>
/// <param name="Factor">How much longer than in training texts may be, by the "ntk" rule for frequencies; 1 for no longer.</param>
/// <param name="Scaling">Another rule for longer texts; null for none.</param>
internal readonly record struct RotaryPositions(double Theta, double Factor, RopeScaling? Scaling)
{
    /// <summary>What cosines and sines are multiplied with.</summary>
    public double Magnitude => Scaling?.Magnitude ?? 1;

    /// <summary>The angle that each pair of components is turned by from one position to the next. The reference computes these in single precision, step by step.</summary>
    public float[] Frequencies(int headSize)
    {
        var frequencies = new float[headSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1 / MathF.Pow((float)(Theta * Factor), 2f * i / headSize) / (float)Math.Pow(Factor, 2.0 / headSize);
        }

        return Scaling is null ? frequencies : Scaling.Apply(frequencies, headSize, Theta);
    }
}
