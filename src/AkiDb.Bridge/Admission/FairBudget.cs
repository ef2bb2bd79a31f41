using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Admission;

/// <summary>One bounded thing that all callers share: nobody can take all of it. Guarded by its user.</summary>
/// <remarks>
/// Dynamic thresholds: a caller may hold <see cref="Alpha"/> times what is left (Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory
/// Packet Switches", IEEE/ACM Transactions on Networking 6(2), 1998). One caller alone may have 16 of 17 parts, two greedy ones 16 of 33 each, and
/// something is always left for whoever comes next.
/// </remarks>
internal sealed class FairBudget(long limit)
{
    private const int Alpha = 16;

    private readonly Dictionary<string, long> heldBy = [];

    public long Limit { get; } = limit;

    public long Used { get; private set; }

    /// <summary>Takes a part, if that is fair. A request that could never fit is served when nobody else holds anything.</summary>
    /// <param name="caller">Who takes it; empty for the class of in-process callers.</param>
    /// <param name="amount">How much.</param>
    /// <param name="own">What the same request holds already.</param>
    /// <param name="limit">The limit now, which is not more than <see cref="Limit"/>.</param>
    public bool TryTake(string caller, long amount, long own, long limit)
    {
        var isAlone = Used == own;
        var couldNeverFit = own + amount > Alpha * (Limit - own - amount);
        if (!(isAlone && couldNeverFit) && heldBy.GetValueOrDefault(caller) + amount > Alpha * (limit - Used - amount))
        {
            return false;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(heldBy, caller, out _) += amount;
        Used += amount;
        return true;
    }

    public void GiveBack(string caller, long amount)
    {
        Used -= amount;
        ref var held = ref CollectionsMarshal.GetValueRefOrNullRef(heldBy, caller);
        held -= amount;
        if (held == 0)
        {
            heldBy.Remove(caller);
        }
    }
}
