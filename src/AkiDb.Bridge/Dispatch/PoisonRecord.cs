namespace AkiDb.Bridge.Dispatch;

/// <summary>What is known of an input that workers died of, or may have died of.</summary>
/// <param name="Deaths">Workers that crashed, or hung until they were killed, while they computed it; a neighbour in the batch may have been the cause.</param>
/// <param name="IsPoison">Whether it did that alone, often enough to be refused.</param>
internal readonly record struct PoisonRecord(int Deaths, bool IsPoison)
{
    public bool IsSuspect => Deaths > 0;
}
