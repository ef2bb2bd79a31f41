using System.Runtime.CompilerServices;
using AkiDb.Bridge.Admission;

namespace AkiDb.Bridge.UnitTests.Admission;

public sealed class FairBudgetTests
{
    private readonly FairBudget budget = new(1_700);

    [Fact]
    public void What_fits_the_whole_of_it_waits_for_room_like_any_other()
    {
        // Others, who are not counted here, hold so much that less is left than the limit.
        Assert.False(budget.TryTake("a", 1_600, own: 0, limit: 1_000));
        Assert.True(budget.TryTake("a", 1_601, own: 0, limit: 1_000));
    }

    [Fact]
    public void Caller_who_has_given_all_back_is_forgotten()
    {
        var caller = TakeAndGiveBack();
        GC.Collect();
        Assert.False(caller.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference TakeAndGiveBack()
    {
        var caller = new string('c', 100);
        budget.TryTake(caller, 10, 0, budget.Limit);
        budget.GiveBack(caller, 10);
        return new WeakReference(caller);
    }
}
