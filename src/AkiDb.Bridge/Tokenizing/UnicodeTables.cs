using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>
/// The Unicode tables of the reference tokeniser library, which are older than .NET's and of several versions. They travel in the assembly
/// (<c>unicode.bin</c>), so that ids depend neither on the runtime nor on the machine's ICU.
/// </summary>
internal sealed class UnicodeTables
{
    private const int Blocks = 0x110000 >> CodePointTrie.BlockShift;

    private readonly CodePointTrie properties;
    private readonly CodePointTrie mappings;
    private readonly CodePointTrie compatibility;
    private readonly int[] pool;
    private readonly ulong[] pairs;
    private readonly int[] composites;

    private UnicodeTables(Stream stream)
    {
        int[] counts = Read<int>(stream, 5);
        properties = new CodePointTrie(Read<ushort>(stream, Blocks), Read<ushort>(stream, counts[0]));
        mappings = new CodePointTrie(Read<ushort>(stream, Blocks), Read<ushort>(stream, counts[1]));
        compatibility = new CodePointTrie(Read<ushort>(stream, Blocks), Read<ushort>(stream, counts[2]));
        pool = Read<int>(stream, counts[3]);
        int[] compositions = Read<int>(stream, 3 * counts[4]);
        pairs = new ulong[counts[4]];
        composites = new int[counts[4]];
        for (var i = 0; i < pairs.Length; i++)
        {
            pairs[i] = Pair(compositions[3 * i], compositions[3 * i + 1]);
            composites[i] = compositions[3 * i + 2];
        }
    }

    /// <summary>The tables. They never change.</summary>
    public static UnicodeTables Instance { get; } = Load();

    public CodePointProperties this[int codePoint] => new(properties[codePoint]);

    /// <summary>The full canonical decomposition; empty where there is none, and for Hangul, which <see cref="Hangul"/> computes.</summary>
    public ReadOnlySpan<int> Decomposition(int codePoint)
    {
        var at = mappings[codePoint];
        return pool.AsSpan(at + 1, pool[at] & 0xFF);
    }

    /// <summary>The full compatibility decomposition; empty where it is the canonical one.</summary>
    public ReadOnlySpan<int> CompatibilityDecomposition(int codePoint)
    {
        var at = compatibility[codePoint];
        return pool.AsSpan(at + 1, pool[at]);
    }

    /// <summary>The lower case; empty where a code point is its own.</summary>
    public ReadOnlySpan<int> LowerCase(int codePoint)
    {
        var at = mappings[codePoint];
        return pool.AsSpan(at + 1 + (pool[at] & 0xFF), pool[at] >> 8);
    }

    /// <summary>The code point that two others compose to, or -1.</summary>
    public int Compose(int first, int second)
    {
        var hangul = Hangul.Compose(first, second);
        if (hangul >= 0)
        {
            return hangul;
        }

        var at = Array.BinarySearch(pairs, Pair(first, second));
        return at < 0 ? -1 : composites[at];
    }

    private static ulong Pair(int first, int second) => (ulong)(uint)first << 32 | (uint)second;

    private static UnicodeTables Load()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("AkiDb.Bridge.Tokenizing.unicode.bin")!;
        return new UnicodeTables(stream);
    }

    private static T[] Read<T>(Stream stream, int count)
        where T : unmanaged
    {
        var values = new T[count];
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
