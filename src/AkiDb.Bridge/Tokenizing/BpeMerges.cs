using System.Numerics;
using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Which pairs of tokens merge, into what, and which go first: a hash table with one 64-bit word per merge.</summary>
internal sealed class BpeMerges
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int None = int.MaxValue;

    /// <summary>Ids must be below this.</summary>
    public const int IdLimit = 1 << IdBits;

    /// <summary>The most merges.</summary>
    public const int RankLimit = (1 << RankBits) - 1;

    private const int IdBits = 21;
    private const int RankBits = 22;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    // A slot holds the pair above and the rank plus one below; zero is free.
    private readonly ulong[] slots;
    private readonly int[] results;
    private readonly int shift;

    /// <param name="count">How many merges will be added.</param>
    public BpeMerges(int count)
    {
        results = new int[count];
        slots = new ulong[BitOperations.RoundUpToPowerOf2((uint)Math.Max(count, 8) * 3 / 2)];
        shift = 64 - BitOperations.Log2((uint)slots.Length);
    }

    /// <summary>Adds a merge; false when the pair has one already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryAdd(int left, int right, int rank, int result)
    {
        ref ulong slot = ref FindSlot(left, right);
        if (slot != 0)
        {
            return false;
        }

        slot = Key(left, right) << RankBits | (uint)(rank + 1);
        results[rank] = result;
        return true;
    }

    /// <summary>The rank of a pair's merge, lower going first, or <see cref="None"/>.</summary>
    public int Rank(int left, int right)
    {
        var slot = FindSlot(left, right);
        return slot == 0 ? None : (int)(slot & ((1 << RankBits) - 1)) - 1;
    }

    /// <summary>The token that the merge of a rank makes.</summary>
    public int Result(int rank) => results[rank];

    private static ulong Key(int left, int right) => (ulong)(uint)left << IdBits | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong FindSlot(int left, int right)
    {
        var key = Key(left, right);
        var at = (int)(key * Multiplier >> shift);
        while (slots[at] != 0 && slots[at] >> RankBits != key)
        {
            at = (at + 1) & (slots.Length - 1);
        }

        return ref slots[at];
    }
}
