using System.Globalization;

namespace AkiDb.Bridge.Models;

/// <summary>YaRN: pairs of components that turn often within a text of the training stay, those that hardly turn are slowed down, and between them the share grows.</summary>
/// <param name="Factor">How much the slowest are slowed down.</param>
/// <param name="Positions">The positions of the training.</param>
/// <param name="FastTurns">The turns within these from which a pair stays.</param>
/// <param name="SlowTurns">The turns up to which a pair is slowed down by the whole factor.</param>
/// <param name="RoundsBounds">Whether the pairs at which that begins and ends are whole numbers.</param>
/// <param name="AttentionFactor">What cosines and sines are multiplied with.</param>
internal sealed record YarnRopeScaling(double Factor, int Positions, double FastTurns, double SlowTurns, bool RoundsBounds, double AttentionFactor) : RopeScaling
{
    /// <summary>What the reference adds to the end of an empty range.</summary>
    private const double LeastRange = 0.001;

    /// <inheritdoc/>
    public override double Magnitude => AttentionFactor;

    /// <inheritdoc/>
    public override string Name =>
        string.Create(CultureInfo.InvariantCulture, $"yarn,{Factor},{Positions},{FastTurns},{SlowTurns},{RoundsBounds},{AttentionFactor}");

    /// <inheritdoc/>
    public override float[] Apply(float[] frequencies, int headSize, double theta)
    {
        var (first, last) = (PairAt(FastTurns), PairAt(SlowTurns));
        first = Math.Max(RoundsBounds ? Math.Floor(first) : first, 0);
        last = Math.Min(RoundsBounds ? Math.Ceiling(last) : last, headSize - 1);
        last = first == last ? last + LeastRange : last;
        for (var i = 0; i < frequencies.Length; i++)
        {
            var stays = 1 - Math.Clamp((i - (float)first) / (float)(last - first), 0, 1);
            var slowed = 1 / ((float)Factor * MathF.Pow((float)theta, 2f * i / headSize));
            frequencies[i] = (slowed * (1 - stays)) + (frequencies[i] * stays);
        }

        return frequencies;

        double PairAt(double turns) => headSize * Math.Log(Positions / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
