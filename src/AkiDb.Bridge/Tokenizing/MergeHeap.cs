using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Pairs waiting to be merged: the lowest rank first, and the leftmost of one rank.</summary>
/// <param name="capacity">The most pairs that will be pushed in all.</param>
internal ref struct MergeHeap(int capacity)
{
    private readonly ulong[] _items = ArrayPool<ulong>.Shared.Rent(capacity);
    private int _count;

    public void Push(int rank, int position)
    {
        if (rank == BpeMerges.None)
        {
            return;
        }

        ulong item = (ulong)(uint)rank << 32 | (uint)position;
        int at = _count++;
        while (at > 0 && _items[(at - 1) / 2] > item)
        {
            _items[at] = _items[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _items[at] = item;
    }

    public bool TryPop(out int rank, out int position)
    {
        if (_count == 0)
        {
            rank = position = 0;
            return false;
        }

        rank = (int)(_items[0] >> 32);
        position = (int)_items[0];
        ulong last = _items[--_count];
        int at = 0;
        for (int child = 1; child < _count; child = 2 * at + 1)
        {
            child += child + 1 < _count && _items[child + 1] < _items[child] ? 1 : 0;
            if (_items[child] >= last)
            {
                break;
            }

            _items[at] = _items[child];
            at = child;
        }

        _items[at] = last;
        return true;
    }

    public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(_items);
}
