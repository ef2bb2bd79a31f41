namespace AkiDb.Bridge.Batching;

/// <summary>The rows of texts that were computed lately, for one embedding space. The least recently used go first.</summary>
/// <param name="maxBytes">What rows, ids and their bookkeeping may take.</param>
internal sealed class VectorCache(long maxBytes)
{
    // A dictionary entry, a list node and two array headers.
    private const int BytesPerEntry = 200;

    private readonly Lock gate = new();
    private readonly Dictionary<ReadOnlyMemory<int>, LinkedListNode<Entry>> entries = new(TokenIdsComparer.Instance);
    private readonly LinkedList<Entry> byUse = new();
    private long bytes;
    private long hits;
    private long misses;

    /// <summary>Texts that were found, and that were not.</summary>
    public (long Hits, long Misses) Counters => (Interlocked.Read(ref hits), Interlocked.Read(ref misses));

    /// <summary>The row of a text, and the precision that it was computed in.</summary>
    public bool TryGet(ReadOnlyMemory<int> ids, out ReadOnlyMemory<float> row, out string precision)
    {
        lock (gate)
        {
            if (entries.TryGetValue(ids, out var node))
            {
                byUse.Remove(node);
                byUse.AddFirst(node);
                (_, row, precision) = node.Value;
                hits++;
                return true;
            }

            misses++;
            (row, precision) = (default, "");
            return false;
        }
    }

    /// <summary>Keeps a copy of a row.</summary>
    public void Add(ReadOnlySpan<int> ids, ReadOnlySpan<float> row, string precision)
    {
        var entry = new Entry(ids.ToArray(), row.ToArray(), precision);
        if (SizeOf(entry) > maxBytes)
        {
            return;
        }

        lock (gate)
        {
            if (entries.ContainsKey(entry.Ids))
            {
                return;
            }

            entries.Add(entry.Ids, byUse.AddFirst(entry));
            bytes += SizeOf(entry);
            while (bytes > maxBytes)
            {
                var last = byUse.Last!.Value;
                byUse.RemoveLast();
                entries.Remove(last.Ids);
                bytes -= SizeOf(last);
            }
        }
    }

    private static long SizeOf(Entry entry) => BytesPerEntry + (sizeof(int) * (long)entry.Ids.Length) + (sizeof(float) * (long)entry.Row.Length);

    private readonly record struct Entry(ReadOnlyMemory<int> Ids, ReadOnlyMemory<float> Row, string Precision);
}
