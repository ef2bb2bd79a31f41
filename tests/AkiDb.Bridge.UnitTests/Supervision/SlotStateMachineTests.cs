using AkiDb.Bridge.Supervision;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using static AkiDb.Bridge.Supervision.SlotState;

namespace AkiDb.Bridge.UnitTests.Supervision;

public sealed class SlotStateMachineTests
{
    [Fact]
    public void Table_of_moves_is_exactly_this()
    {
        Dictionary<SlotState, SlotState[]> expected = new()
        {
            [Stopped] = [Starting],
            [Starting] = [Handshaking, BackingOff, Quarantined, Stopped],
            [Handshaking] = [Loading, BackingOff, Quarantined, Stopped],
            [Loading] = [Ready, BackingOff, Quarantined, Stopped],
            [Ready] = [Ready, Unhealthy, BackingOff, Quarantined, Starting, Handshaking, Loading, Draining, Stopped],
            [Unhealthy] = [Ready, BackingOff, Quarantined, Starting, Handshaking, Loading, Draining, Stopped],
            [Draining] = [Stopped],
            [BackingOff] = [Starting, Stopped],
            [Quarantined] = [Starting, Stopped],
        };

        foreach (var from in Enum.GetValues<SlotState>())
        {
            Assert.Equal(expected[from].Order(), Enum.GetValues<SlotState>().Where(to => SlotStateMachine.Allows(from, to)).Order());
        }
    }

    [Fact]
    public void Move_that_the_table_has_not_is_refused_and_changes_nothing()
    {
        var slot = new SlotStateMachine(0, new FakeTimeProvider(), NullLogger.Instance);

        Assert.Throws<InvalidOperationException>(() => slot.MoveTo(Ready));

        Assert.Equal(Stopped, slot.Status.State);
        Assert.Empty(slot.Status.Moves);
    }

    [Fact]
    public void Last_64_moves_are_kept()
    {
        var slot = new SlotStateMachine(0, new FakeTimeProvider(), NullLogger.Instance);
        for (var start = 0; start < 40; start++)
        {
            slot.MoveTo(Starting);
            slot.MoveTo(BackingOff);
        }

        Assert.Equal(64, slot.Status.Moves.Count);
        Assert.Equal(BackingOff, slot.Status.Moves[^1].State);
    }

    [Fact]
    public void Every_state_is_reachable()
    {
        HashSet<SlotState> reached = [Stopped];
        while (Enum.GetValues<SlotState>().FirstOrDefault(to => !reached.Contains(to) && reached.Any(from => SlotStateMachine.Allows(from, to)), Stopped) is not Stopped and var next)
        {
            reached.Add(next);
        }

        Assert.Equal(Enum.GetValues<SlotState>().Order(), reached.Order());
    }

    [Fact]
    public void Host_can_stop_a_slot_in_any_state_also_in_the_moment_its_worker_dies() => Assert.All(
        Enum.GetValues<SlotState>().Where(state => state != Stopped), state => Assert.True(SlotStateMachine.Allows(state, Stopped), state.ToString()));
}
