using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>A list that starts in the caller's stack memory and grows into rented arrays.</summary>
/// <param name="initial">Memory to use first.</param>
internal ref struct PooledBuffer<T>(Span<T> initial)
    where T : unmanaged
{
    private Span<T> _items = initial;
    private T[]? _rented;

    public int Count { get; private set; }

    public readonly Span<T> Written => _items[..Count];

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            Grow(1);
        }

        _items[Count++] = item;
    }

    /// <summary>Free memory behind what was written, for <see cref="Advance"/>.</summary>
    /// <param name="count">The least that is needed.</param>
    public Span<T> Free(int count)
    {
        if (_items.Length - Count < count)
        {
            Grow(count);
        }

        return _items[Count..];
    }

    public void Advance(int count) => Count += count;

    public void Truncate(int count) => Count = count;

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<T>.Shared.Return(_rented);
            _rented = null;
        }
    }

    private void Grow(int more)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(Count + more, 2 * _items.Length));
        Written.CopyTo(larger);
        Dispose();
        _rented = larger;
        _items = larger;
    }
}
