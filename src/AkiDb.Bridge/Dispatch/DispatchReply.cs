namespace AkiDb.Bridge.Dispatch;

/// <summary>How a batch ended, and who computed it.</summary>
/// <param name="Error">The failure; null when every row was written.</param>
/// <param name="Engine">The engine's name.</param>
/// <param name="Precision">The precision it computes in.</param>
/// <param name="Compute">The time that the model itself took.</param>
/// <param name="Fallback">Whether it was not the first choice.</param>
/// <param name="Retried">Whether another try had failed before.</param>
internal readonly record struct DispatchReply(BridgeError? Error, string Engine, string Precision, TimeSpan Compute, bool Fallback, bool Retried = false)
{
    public static DispatchReply Failed(BridgeError error) => new(error, "", "", TimeSpan.Zero, false);
}
