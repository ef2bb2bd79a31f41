using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Pairs waiting to be merged: the lowest rank first, and the leftmost of one rank.</summary>
/// <param name="capacity">The most pairs that will be pushed in all.</param>
internal ref struct MergeHeap(int capacity)
{
    private readonly ulong[] items = ArrayPool<ulong>.Shared.Rent(capacity);
    private int count;

    public void Push(int rank, int position)
    {
        if (rank == BpeMerges.None)
        {
            return;
        }

        var item = (ulong)(uint)rank << 32 | (uint)position;
        var at = count++;
        while (at > 0 && items[(at - 1) / 2] > item)
        {
            items[at] = items[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        items[at] = item;
    }

    public bool TryPop(out int rank, out int position)
    {
        if (count == 0)
        {
            rank = position = 0;
            return false;
        }

        rank = (int)(items[0] >> 32);
        position = (int)items[0];
        var last = items[--count];
        var at = 0;
        for (var child = 1; child < count; child = 2 * at + 1)
        {
            child += child + 1 < count && items[child + 1] < items[child] ? 1 : 0;
            if (items[child] >= last)
            {
                break;
            }

            items[at] = items[child];
            at = child;
        }

        items[at] = last;
        return true;
    }

    public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(items);
}
