namespace AkiDb.Bridge.Dispatch;

/// <summary>What is held against an input.</summary>
/// <param name="Deaths">Workers that died, or hung until they were killed, while they computed it, perhaps because of a neighbour.</param>
/// <param name="Proven">Whether it did that alone, often enough.</param>
internal readonly record struct Suspicion(int Deaths, bool Proven)
{
    public bool Any => Deaths > 0;
}
