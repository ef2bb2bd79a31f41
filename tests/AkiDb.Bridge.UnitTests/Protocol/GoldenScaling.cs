using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.UnitTests.Protocol;

/// <summary>A rule whose frequencies are those of a golden frame.</summary>
/// <param name="Frequencies">One for each pair of a head's components.</param>
/// <param name="Factor">What cosines and sines are multiplied with.</param>
internal sealed record GoldenScaling(float[] Frequencies, double Factor) : RopeScaling
{
    public override double Magnitude => Factor;

    public override string Name => "golden";

    public override float[] Apply(float[] frequencies, int headSize, double theta) => Frequencies;
}
