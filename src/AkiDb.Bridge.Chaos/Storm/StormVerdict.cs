namespace AkiDb.Bridge.Chaos.Storm;

/// <summary>What became of all requests of a storm.</summary>
/// <param name="Fates">How many met each fate.</param>
/// <param name="AdmittedTokensLeft">The tokens that the bridge still counts as admitted when everybody has gone.</param>
/// <param name="LeakedProcesses">Processes of earlier workers that still exist.</param>
/// <param name="Faults">What was done to workers, in all.</param>
/// <param name="Examples">What must not have been, the first few.</param>
internal sealed record StormVerdict(
    IReadOnlyDictionary<StormFate, int> Fates, long AdmittedTokensLeft, int LeakedProcesses, int Faults, IReadOnlyList<string> Examples)
{
    /// <summary>Nobody was forgotten, nothing was wrong, and nothing is left.</summary>
    public bool Passed => Count(StormFate.Right) > 0 && Count(StormFate.Wrong) + Count(StormFate.Failed) + Count(StormFate.Unanswered) == 0
        && AdmittedTokensLeft == 0 && LeakedProcesses == 0;

    /// <summary>How many met a fate.</summary>
    public int Count(StormFate fate) => Fates.GetValueOrDefault(fate);

    /// <summary>As lines for a person.</summary>
    public override string ToString()
    {
        IEnumerable<string> lines =
        [
            $"requests                {Fates.Values.Sum()}",
            .. Enum.GetValues<StormFate>().Select(fate => $"  {fate,-22}{Count(fate)}"),
            $"faults                  {Faults}",
            $"admitted tokens left    {AdmittedTokensLeft}",
            $"leaked processes        {LeakedProcesses}",
            .. Examples.Select(example => $"  {example}"),
            $"storm                   {(Passed ? "passed" : "FAILED")}",
        ];
        return string.Join(Environment.NewLine, lines);
    }
}
