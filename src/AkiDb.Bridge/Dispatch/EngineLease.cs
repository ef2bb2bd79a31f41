using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The right to give one batch to one engine. Disposing it gives the permit back; a second time changes nothing.</summary>
/// <param name="engine">The engine.</param>
/// <param name="batchTokens">The tokens that suit it in one batch; a longer text goes alone.</param>
/// <param name="fallback">Whether it is not the first choice.</param>
/// <param name="computesInOrder">Whether the engine computes one batch after the other, not side by side.</param>
/// <param name="permit">What to give back.</param>
internal sealed class EngineLease(IEngine engine, int batchTokens, bool fallback, bool computesInOrder, IDisposable permit) : IDisposable
{
    private volatile bool returned;

    public IEngine Engine { get; } = engine;

    public int BatchTokens { get; } = batchTokens;

    public bool Fallback { get; } = fallback;

    /// <summary>Whether a second batch waits at the engine until the first one is computed.</summary>
    public bool ComputesInOrder { get; } = computesInOrder;

    /// <summary>Whether it has been given back: whoever gets the permit next finds this true.</summary>
    public bool IsReturned => returned;

    public void Dispose()
    {
        returned = true;
        permit.Dispose();
    }
}
