using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>The right to give one batch to one engine. Disposing it, once, frees the seat for the next batch.</summary>
/// <param name="engine">The engine.</param>
/// <param name="batchTokens">The tokens that suit it in one batch; a longer text goes alone.</param>
/// <param name="fallback">Whether it is not the first choice.</param>
/// <param name="inTurn">Whether the engine computes one batch after the other, not side by side.</param>
/// <param name="right">What to give back.</param>
internal sealed class Seat(IEngine engine, int batchTokens, bool fallback, bool inTurn, IDisposable right) : IDisposable
{
    private volatile bool free;

    public IEngine Engine { get; } = engine;

    public int BatchTokens { get; } = batchTokens;

    public bool Fallback { get; } = fallback;

    /// <summary>Whether a second batch waits at the engine until the first one is computed.</summary>
    public bool InTurn { get; } = inTurn;

    /// <summary>Whether it has been given back: whoever has the seat next finds this true.</summary>
    public bool IsFree => free;

    public void Dispose()
    {
        free = true;
        right.Dispose();
    }
}
