namespace AkiDb.Bridge.Dispatch;

/// <summary>Where a batch goes next.</summary>
internal enum Route
{
    /// <summary>To a worker that is there.</summary>
    Worker,

    /// <summary>To the next worker that comes, however long that takes.</summary>
    ComingWorker,

    /// <summary>To the in-process engine.</summary>
    InProcess,

    /// <summary>To whichever of both can take a batch at once, the faster one first.</summary>
    Either,

    /// <summary>Nowhere yet: the in-process engine is being loaded.</summary>
    WaitForInProcess,

    /// <summary>Nowhere.</summary>
    None,
}
