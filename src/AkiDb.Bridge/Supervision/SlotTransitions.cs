using static AkiDb.Bridge.Supervision.SlotState;

namespace AkiDb.Bridge.Supervision;

/// <summary>The moves that a slot may make. Any other is a bug of ours.</summary>
internal static class SlotTransitions
{
    private static readonly HashSet<(SlotState From, SlotState To)> Allowed =
    [
        (Stopped, Starting),        // the host starts
        (Starting, Handshaking),    // the process is up
        (Starting, BackingOff),     // it could not be started
        (Handshaking, Loading),     // hello was accepted
        (Handshaking, BackingOff),  // it died, was late, or speaks another protocol
        (Loading, Ready),           // it serves the space that was asked for
        (Loading, BackingOff),      // it died, made no progress, or serves something else
        (Ready, BackingOff),        // it died, hangs, or broke the protocol
        (Ready, Draining),          // the host stops
        (Ready, Stopped),           // the host stops in the moment that its worker dies, as both do on Ctrl+C
        (Draining, Stopped),        // it has finished and exited
        (BackingOff, Starting),     // its turn has come
        (Starting, Stopped),        // the host stops
        (Handshaking, Stopped),
        (Loading, Stopped),
        (BackingOff, Stopped),
    ];

    public static bool Allows(SlotState from, SlotState to) => Allowed.Contains((from, to));
}
