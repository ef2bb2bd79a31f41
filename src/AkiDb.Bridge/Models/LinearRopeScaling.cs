using System.Globalization;

namespace AkiDb.Bridge.Models;

/// <summary>Positions lie closer together.</summary>
/// <param name="Factor">How much closer.</param>
internal sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"linear,{Factor}");

    /// <inheritdoc/>
    public override float[] Apply(float[] frequencies, int headSize, double theta) => [.. frequencies.Select(frequency => frequency / (float)Factor)];
}
