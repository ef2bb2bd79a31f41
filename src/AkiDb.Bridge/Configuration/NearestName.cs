namespace AkiDb.Bridge.Configuration;

/// <summary>Which known name somebody meant who has mistyped one.</summary>
internal static class NearestName
{
    /// <summary>The known name that is nearest to what was written; null when none is near.</summary>
    public static string? Of(string written, IEnumerable<string> known) => known
        .Select(name => (Name: name, Distance: Distance(written.ToUpperInvariant(), name.ToUpperInvariant())))
        .Where(candidate => candidate.Distance <= Math.Max(1, (written.Length + 1) / 3))
        .OrderBy(candidate => candidate.Distance)
        .FirstOrDefault().Name;

    // The fewest letters to insert, leave out or exchange (Levenshtein's distance).
    private static int Distance(string one, string other)
    {
        var previous = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var current = new int[other.Length + 1];
            current[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var exchanged = previous[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                current[j] = Math.Min(exchanged, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[^1];
    }
}
