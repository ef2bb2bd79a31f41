namespace AkiDb.Bridge.Supervision;

/// <summary>Where a slot is in its worker's life.</summary>
internal enum SlotState
{
    /// <summary>No process, and none wanted.</summary>
    Stopped,

    /// <summary>The process is being started.</summary>
    Starting,

    /// <summary>The process is up; its hello has not come.</summary>
    Handshaking,

    /// <summary>The model is being loaded and checked.</summary>
    Loading,

    /// <summary>The worker gets work.</summary>
    Ready,

    /// <summary>The worker leaves a ping unanswered: it gets nothing until it answers.</summary>
    Unhealthy,

    /// <summary>The worker finishes what it has; it gets nothing new.</summary>
    Draining,

    /// <summary>The last worker ended; the next one is started when the back-off is over.</summary>
    BackingOff,

    /// <summary>Too many workers died too early: nothing is tried until a cool-down is over.</summary>
    Quarantined,
}
