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
        (Starting, Quarantined),    // ... once too often
        (Handshaking, Loading),     // hello was accepted
        (Handshaking, BackingOff),  // it died, was late, or speaks another protocol
        (Handshaking, Quarantined),
        (Loading, Ready),           // it serves the space that was asked for
        (Loading, BackingOff),      // it died, made no progress, or serves something else
        (Loading, Quarantined),
        (Ready, Unhealthy),         // it leaves a ping unanswered
        (Ready, BackingOff),        // it died, is stuck, failed its probe, or broke the protocol
        (Ready, Quarantined),
        (Ready, Draining),          // the host stops
        (Unhealthy, Ready),         // it answers again, or its successor takes over
        (Unhealthy, BackingOff),    // it died, or did not answer in the end
        (Unhealthy, Quarantined),
        (Unhealthy, Draining),
        (BackingOff, Starting),     // its turn has come
        (Quarantined, Starting),    // the cool-down is over: one try
        (Draining, Stopped),        // it has finished and exited

        // The host stops, also in the moment that a worker dies, as both do on Ctrl+C.
        (Starting, Stopped),
        (Handshaking, Stopped),
        (Loading, Stopped),
        (Ready, Stopped),
        (Unhealthy, Stopped),
        (BackingOff, Stopped),
        (Quarantined, Stopped),
    ];

    public static bool Allows(SlotState from, SlotState to) => Allowed.Contains((from, to));
}
