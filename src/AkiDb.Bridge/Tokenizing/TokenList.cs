using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The strings of a vocabulary as they are read: their UTF-8 bytes, one behind the other.</summary>
internal sealed class TokenList
{
    private readonly List<int> ends = [0];
    private byte[] pool = new byte[1 << 16];

    public int Count => ends.Count - 1;

    /// <summary>The bytes of all strings.</summary>
    public byte[] Pool => pool;

    public ReadOnlySpan<byte> this[int index] => pool.AsSpan(ends[index], ends[index + 1] - ends[index]);

    /// <summary>Where a string starts in the pool.</summary>
    public int Offset(int index) => ends[index];

    /// <summary>Adds a JSON string.</summary>
    /// <param name="quoted">The string with its quotes.</param>
    /// <param name="escaped">Whether there are escapes in it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> quoted, bool escaped)
    {
        var free = Free(quoted.Length);
        var length = quoted.Length - 2;
        if (escaped)
        {
            var reader = new Utf8JsonReader(quoted);
            reader.Read();
            length = reader.CopyString(free);
        }
        else
        {
            quoted[1..^1].CopyTo(free);
        }

        ends.Add(ends[^1] + length);
    }

    /// <summary>Adds the bytes that a token of a byte-level vocabulary stands for; false when it is no such token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryAddDecoded(ReadOnlySpan<byte> token)
    {
        var decoded = ByteAlphabet.TryDecode(token, Free(token.Length), out var length);
        ends.Add(ends[^1] + length);
        return decoded;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Free(int count)
    {
        var used = ends[^1];
        if (pool.Length - used < count)
        {
            Array.Resize(ref pool, Math.Max(used + count, 2 * pool.Length));
        }

        return pool.AsSpan(used);
    }
}
