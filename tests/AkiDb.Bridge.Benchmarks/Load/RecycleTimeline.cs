namespace AkiDb.Bridge.Benchmarks.Load;

/// <summary>What was going on when; moments from the beginning of the run.</summary>
/// <param name="Quiet">The slices without a replacement.</param>
/// <param name="Replacements">The replacements.</param>
internal sealed record RecycleTimeline(IReadOnlyList<(TimeSpan Begin, TimeSpan End)> Quiet, IReadOnlyList<Replacement> Replacements)
{
    /// <summary>The phase of a request.</summary>
    /// <remarks>
    /// A takeover is what the callers might notice, so a request that overlaps one by any part belongs to it, else to the loading that it overlaps,
    /// else to where it was sent. The takeover begins with the last look that showed the old worker: when between two looks it was, nobody knows.
    /// </remarks>
    public RecyclePhase PhaseOf(LoadOutcome request)
    {
        if (Replacements.Any(replacement => Overlaps(replacement.LastOld, replacement.Settled)))
        {
            return RecyclePhase.Takeover;
        }

        if (Replacements.Any(replacement => Overlaps(replacement.Asked, replacement.LastOld)))
        {
            return RecyclePhase.Loading;
        }

        return Quiet.Any(slice => request.Begin >= slice.Begin && request.Begin < slice.End) ? RecyclePhase.Quiet : RecyclePhase.Between;

        bool Overlaps(TimeSpan begin, TimeSpan end) => request.Begin < end && request.End > begin;
    }
}
