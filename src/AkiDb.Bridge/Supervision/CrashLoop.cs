namespace AkiDb.Bridge.Supervision;

/// <summary>Counts early deaths, and says when there were too many in a window.</summary>
/// <param name="limit">That many are too many.</param>
/// <param name="window">Older ones are forgotten.</param>
/// <param name="time">The clock.</param>
internal sealed class CrashLoop(int limit, TimeSpan window, TimeProvider time)
{
    private readonly Queue<long> deaths = new();
    private bool onProbation;

    /// <summary>A worker died early.</summary>
    /// <returns>Whether it is a crash loop. After that one more early death is enough, until <see cref="Reset"/>.</returns>
    public bool Died()
    {
        deaths.Enqueue(time.GetTimestamp());
        while (time.GetElapsedTime(deaths.Peek()) > window)
        {
            deaths.Dequeue();
        }

        onProbation |= deaths.Count >= limit;
        return onProbation;
    }

    /// <summary>A worker served long enough: everything before is forgotten.</summary>
    public void Reset()
    {
        deaths.Clear();
        onProbation = false;
    }
}
