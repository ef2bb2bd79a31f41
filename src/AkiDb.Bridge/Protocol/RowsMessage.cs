namespace AkiDb.Bridge.Protocol;

/// <summary>A <c>rows</c> answer; its floats have gone to the request that waited for them.</summary>
/// <param name="Header">What preceded them.</param>
internal sealed record RowsMessage(RowsHeader Header) : WorkerMessage
{
    /// <summary>Stands for every answer that was received the usual way, so that a steady stream of them allocates nothing.</summary>
    public static RowsMessage Received { get; } = new(default(RowsHeader));
}
