namespace AkiDb.Bridge.Engines;

/// <summary>What has become of a batch that an engine did not answer.</summary>
internal enum BatchLoss
{
    /// <summary>Nothing: the engine answered, with rows or with an error; or it never got the batch.</summary>
    None,

    /// <summary>The engine ended before it came to this batch.</summary>
    Waiting,

    /// <summary>The engine ended while, as far as the host can tell, it computed this batch.</summary>
    Computing,

    /// <summary>The engine still has the batch, and no longer says anything.</summary>
    Silent,
}
