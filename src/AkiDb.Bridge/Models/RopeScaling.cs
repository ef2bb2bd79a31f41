namespace AkiDb.Bridge.Models;

/// <summary>A rule by which rotary positions are made to serve longer texts than the model was first trained with. It holds for texts of every length.</summary>
internal abstract record RopeScaling
{
    /// <summary>What cosines and sines are multiplied with.</summary>
    public virtual double Magnitude => 1;

    /// <summary>The rule and its numbers: what differs here differs in its vectors.</summary>
    public abstract string Name { get; }

    /// <summary>Changes the frequencies that hold without the rule.</summary>
    /// <param name="frequencies">Those, which may be overwritten.</param>
    /// <param name="headSize">The components of a head.</param>
    /// <param name="theta">The frequencies' base.</param>
    public abstract float[] Apply(float[] frequencies, int headSize, double theta);
}
