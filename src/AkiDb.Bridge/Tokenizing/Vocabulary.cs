using System.Numerics;
using System.Runtime.CompilerServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Ids by the bytes of a token: a hash table over one pool of bytes, without a string per token.</summary>
internal sealed class Vocabulary
{
    /// <summary>The hash of no bytes.</summary>
    public const ulong EmptyHash = 0x243F6A8885A308D3;

    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly byte[] pool;
    private readonly Slot[] slots;
    private readonly int shift;

    /// <param name="pool">The bytes of all tokens.</param>
    /// <param name="capacity">The most tokens that will be added.</param>
    public Vocabulary(byte[] pool, int capacity)
    {
        this.pool = pool;
        slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8) * 3 / 2)];
        shift = 64 - BitOperations.Log2((uint)slots.Length);
    }

    /// <summary>The bytes of the longest token.</summary>
    public int LongestToken { get; private set; }

    /// <summary>The hash of a token that is one byte longer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extend(ulong hash, byte next) => (hash ^ next) * Multiplier;

    /// <summary>Adds a token that lies in the pool; false when it is empty or was there already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryAdd(int offset, int length, int id)
    {
        ReadOnlySpan<byte> token = pool.AsSpan(offset, length);
        var hash = Hash(token);
        ref var slot = ref FindSlot(hash, token);
        if (length == 0 || slot.Length > 0)
        {
            return false;
        }

        slot = new Slot { Tag = (uint)hash, Offset = offset, Length = length, Id = id };
        LongestToken = Math.Max(LongestToken, length);
        return true;
    }

    /// <summary>The id of a token, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ReadOnlySpan<byte> token) => token.Length > LongestToken ? -1 : Find(Hash(token), token);

    /// <summary>The id of a token whose hash is known, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Find(ulong hash, ReadOnlySpan<byte> token)
    {
        ref var slot = ref FindSlot(hash, token);
        return slot.Length > 0 ? slot.Id : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ReadOnlySpan<byte> token)
    {
        var hash = EmptyHash;
        foreach (byte next in token)
        {
            hash = Extend(hash, next);
        }

        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Slot FindSlot(ulong hash, ReadOnlySpan<byte> token)
    {
        var at = (int)(hash >> shift);
        while (true)
        {
            ref var slot = ref slots[at];
            var same = slot.Tag == (uint)hash && slot.Length == token.Length && pool.AsSpan(slot.Offset, slot.Length).SequenceEqual(token);
            if (same || slot.Length == 0)
            {
                return ref slot;
            }

            at = (at + 1) & (slots.Length - 1);
        }
    }

    private struct Slot
    {
        public uint Tag;
        public int Offset;
        public int Length;
        public int Id;
    }
}
