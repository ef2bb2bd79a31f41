using AkiDb.Bridge.Supervision;
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
