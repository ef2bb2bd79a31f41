namespace AkiDb.Bridge.AspNetCore.Streaming;

/// <summary>
/// How many lines go into a batch: as many as an engine computes in about a second, so that a fast one is kept busy and a line's time is not spent in
/// waiting for others of its stream at a slow one.
/// </summary>
internal sealed class BatchSize
{
    private const int Least = 8;
    private const int Most = 256;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);

    private int lines = 32;

    public int Lines => Volatile.Read(ref lines);

    /// <summary>Records how long a batch took, from its cut to its answers.</summary>
    public void Record(int count, TimeSpan took)
    {
        var now = Lines;
        if (took > Long)
        {
            Volatile.Write(ref lines, Math.Max(Least, now / 2));
        }
        else if (took < Short && count >= now)
        {
            Volatile.Write(ref lines, Math.Min(Most, now * 2));
        }
    }
}
