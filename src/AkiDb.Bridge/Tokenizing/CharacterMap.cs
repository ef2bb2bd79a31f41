using System.Buffers.Binary;
using System.Text.Unicode;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>SentencePiece's compiled character map: a double-array trie of strings, and the strings that take their places.</summary>
internal sealed class CharacterMap
{
    private const int UnitBytes = sizeof(uint);

    private readonly uint[] units;
    private readonly byte[] pool;

    private CharacterMap(uint[] units, byte[] pool)
    {
        this.units = units;
        this.pool = pool;
    }

    /// <summary>Reads a map; false when it is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CharacterMap map)
    {
        map = null!;
        if (bytes.Length < UnitBytes)
        {
            return false;
        }

        var trieBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        var rest = bytes[UnitBytes..];
        if (trieBytes == 0 || trieBytes % UnitBytes != 0 || trieBytes > rest.Length || !Utf8.IsValid(rest[(int)trieBytes..]))
        {
            return false;
        }

        var units = new uint[trieBytes / UnitBytes];
        for (var i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(rest[(i * UnitBytes)..]);
        }

        // A last string without its end would otherwise reach beyond the pool.
        map = new CharacterMap(units, [.. rest[(int)trieBytes..], 0]);
        return true;
    }

    /// <summary>What takes the place of the shortest beginning of a text that the map knows; false when it knows none.</summary>
    public bool TryMap(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        var node = Offset(units[0]);
        foreach (var next in text)
        {
            node ^= next;
            if (next == 0 || node >= units.Length || (units[node] & 0x800000FF) != next)
            {
                return false;
            }

            var unit = units[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) != 0)
            {
                var at = node < units.Length ? units[node] & int.MaxValue : uint.MaxValue;
                if (at >= pool.Length || Utf8Text.IsContinuation(pool[at]))
                {
                    return false;
                }

                replacement = pool.AsSpan((int)at);
                replacement = replacement[..replacement.IndexOf((byte)0)];
                return true;
            }
        }

        return false;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
