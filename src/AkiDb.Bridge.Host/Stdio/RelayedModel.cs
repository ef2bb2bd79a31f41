namespace AkiDb.Bridge.Host.Stdio;

/// <summary>A model of the other bridge, as it was when it was loaded.</summary>
/// <param name="Dimension">The components of its vectors.</param>
/// <param name="Space">Their embedding space.</param>
internal sealed record RelayedModel(int Dimension, string Space)
{
    // What a request may choose, and what differs between engines of one space.
    private static readonly string[] MayDiffer = ["norm=", "precision="];

    /// <summary>Whether vectors are what was asked for, and may be mixed with those of the model that was loaded: they differ in length or precision at most.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="areNormalized">Whether vectors of length 1 were asked for.</param>
    public bool IsInterchangeableWith(RelayedVectors vectors, bool areNormalized) =>
        vectors.Dimension == Dimension && Parts(vectors.Space).SequenceEqual(Parts(Space)) && vectors.Space.Split(';').Contains(areNormalized ? "norm=l2" : "norm=none");

    private static IEnumerable<string> Parts(string space) => space.Split(';').Where(part => !MayDiffer.Any(name => part.StartsWith(name, StringComparison.Ordinal)));
}
