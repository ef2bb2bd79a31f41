namespace AkiDb.Bridge.Dispatch;

/// <summary>How often one engine's batches carry a known text, and how much of what it has answered is vouched for.</summary>
/// <remarks>
/// One known text that comes out right does not vouch for what was answered just before it: an engine that is wrong in some rows only passes now and then.
/// What came before the last but one check has two of them behind it, and counts as right.
/// </remarks>
internal sealed class CanaryBudget
{
    /// <summary>What known texts may cost, of the tokens computed.</summary>
    public const double Share = 0.004;

    private readonly Lock gate = new();
    private double credit;
    private int turn;
    private long sinceLastCheck;
    private long betweenLastChecks;
    private bool isDue;
    private bool isExpelled;

    /// <summary>Spends what so many tokens have saved up, if it is enough.</summary>
    /// <param name="tokens">The tokens of the batch that is about to be computed.</param>
    /// <param name="known">The known texts, the cheapest first: it has every second turn.</param>
    /// <returns>The one whose turn it is; null when the batch goes without.</returns>
    public KnownText? Spend(int tokens, IReadOnlyList<KnownText> known)
    {
        lock (gate)
        {
            if (known.Count == 0)
            {
                return null;
            }

            var next = known[turn % 2 == 0 || known.Count == 1 ? 0 : 1 + (turn / 2 % (known.Count - 1))];
            credit = Math.Min(credit + (tokens * Share), 4.0 * known[^1].Ids.Length);
            if (credit < next.Ids.Length && !isDue)
            {
                return null;
            }

            credit -= next.Ids.Length;
            turn++;
            isDue = false;
            return next;
        }
    }

    /// <summary>The next batch carries one, whatever it costs: something speaks against the engine.</summary>
    public void Demand()
    {
        lock (gate)
        {
            isDue = true;
        }
    }

    /// <summary>So many texts were answered.</summary>
    /// <returns>False when the engine has been taken out of service meanwhile: nobody may get that answer.</returns>
    public bool TryRecordAnswered(int texts)
    {
        lock (gate)
        {
            sinceLastCheck += texts;
            return !isExpelled;
        }
    }

    /// <summary>Its rows were found to be right.</summary>
    public void RecordChecked()
    {
        lock (gate)
        {
            (betweenLastChecks, sinceLastCheck) = (sinceLastCheck, 0);
        }
    }

    /// <summary>The engine is taken out of service.</summary>
    /// <param name="suspects">The texts that it has answered since the last but one check that found its rows right.</param>
    /// <returns>False when it has been already.</returns>
    public bool TryExpel(out long suspects)
    {
        lock (gate)
        {
            var first = !isExpelled;
            isExpelled = true;
            suspects = betweenLastChecks + sinceLastCheck;
            return first;
        }
    }
}
