using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Which distances MPNet takes for alike: near ones are told apart, far ones ever less, and both directions.</summary>
internal static class RelativePositions
{
    private const int FarthestToldApart = 128;

    // At the powers of two the quotient of logarithms is whole, and may round to just below.
    private const double RoundingError = 1e-6;

    /// <summary>The bucket of each distance from -<paramref name="farthest"/> to <paramref name="farthest"/>.</summary>
    public static long[] Buckets(int farthest)
    {
        var all = new long[2 * farthest + 1];
        for (var distance = -farthest; distance <= farthest; distance++)
        {
            all[distance + farthest] = Bucket(distance);
        }

        return all;
    }

    private static int Bucket(int distance)
    {
        const int ofOneSide = EncoderArchitecture.BucketsToldApart / 2;
        var near = ofOneSide / 2;
        var length = Math.Abs(distance);
        var bucket = length < near
            ? length
            : near + (int)(Math.Log(length / (double)near) / Math.Log(FarthestToldApart / (double)near) * (ofOneSide - near) + RoundingError);
        return Math.Min(bucket, ofOneSide - 1) + (distance > 0 ? ofOneSide : 0);
    }
}
