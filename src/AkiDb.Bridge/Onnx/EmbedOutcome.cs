namespace AkiDb.Bridge.Onnx;

/// <summary>How a call of the in-process engine ended.</summary>
internal enum EmbedOutcome
{
    /// <summary>Every row was written.</summary>
    Completed,

    /// <summary>A run failed.</summary>
    Failed,

    /// <summary>The caller lost interest.</summary>
    Cancelled,

    /// <summary>The caller's time was over.</summary>
    DeadlineExceeded,
}
