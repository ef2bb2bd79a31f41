using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>A list that starts in the caller's stack memory and grows into rented arrays.</summary>
/// <param name="initial">Memory to use first.</param>
internal ref struct PooledBuffer<T>(Span<T> initial)
    where T : unmanaged
{
    private Span<T> items = initial;
    private T[]? rented;

    public int Count { get; private set; }

    public readonly Span<T> Written => items[..Count];

    public void Add(T item)
    {
        if (Count == items.Length)
        {
            Grow(1);
        }

        items[Count++] = item;
    }

    /// <summary>Free memory behind what was written, for <see cref="Advance"/>.</summary>
    /// <param name="count">The least that is needed.</param>
    public Span<T> Free(int count)
    {
        if (items.Length - Count < count)
        {
            Grow(count);
        }

        return items[Count..];
    }

    public void Advance(int count) => Count += count;

    public void Truncate(int count) => Count = count;

    public void RemoveFirst(int count)
    {
        Written[count..].CopyTo(items);
        Count -= count;
    }

    public void Dispose()
    {
        if (rented is not null)
        {
            ArrayPool<T>.Shared.Return(rented);
            rented = null;
        }
    }

    private void Grow(int more)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(Count + more, 2 * items.Length));
        Written.CopyTo(larger);
        Dispose();
        rented = larger;
        items = larger;
    }
}
