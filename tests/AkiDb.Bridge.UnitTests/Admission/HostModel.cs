using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Batching;

namespace AkiDb.Bridge.UnitTests.Admission;

/// <summary>A host with the real gate before one engine that works off so many tokens a second, in batches.</summary>
/// <param name="gate">The gate.</param>
/// <param name="tokensPerSecond">How fast it is while it runs.</param>
/// <param name="known">How fast it is taken to be.</param>
internal sealed class HostModel(AdmissionGate gate, double tokensPerSecond, double known)
{
    private const long Batch = 1_024;

    private readonly ResourceLedger ledger = new(new AdmissionOptions());
    private readonly Queue<(RequestAccount Account, int Tokens)> waiting = new();
    private readonly List<(RequestAccount Account, int Tokens)> running = [];
    private double done;
    private long answered;

    /// <summary>A request comes; all callers have the same key, as behind a balancer.</summary>
    /// <returns>Whether it was let in.</returns>
    public bool TryTake(int tokens)
    {
        var account = ledger.Open("all");
        var backlog = new Backlog(Sum(waiting), Sum(waiting), Sum(running), Batch, answered, TimeSpan.FromSeconds(Batch / known), known);
        if (gate.TryAdmit(account, tokens, EmbeddingPriority.Interactive, backlog, TimeSpan.FromSeconds(10)) is not null)
        {
            account.Dispose();
            return false;
        }

        waiting.Enqueue((account, tokens));
        return true;
    }

    /// <summary>Computes for a millisecond.</summary>
    /// <returns>How many requests it has answered.</returns>
    public int Compute()
    {
        Cut();
        done += tokensPerSecond / 1_000;
        var requests = 0;
        while (running.Count > 0 && done >= Sum(running))
        {
            (done, answered) = (done - Sum(running), answered + Sum(running));
            requests += running.Count;
            running.ForEach(request => request.Account.Dispose());
            running.Clear();
            Cut();
        }

        done = running.Count == 0 ? 0 : done;
        return requests;
    }

    // The next batch is cut when the one before it is done.
    private void Cut()
    {
        for (var isFree = running.Count == 0; isFree && waiting.TryPeek(out var next) && (running.Count == 0 || Sum(running) + next.Tokens <= Batch);)
        {
            running.Add(waiting.Dequeue());
        }
    }

    private static long Sum(IEnumerable<(RequestAccount Account, int Tokens)> requests) => requests.Sum(request => (long)request.Tokens);
}
