using System.Runtime.InteropServices;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>
/// The Unicode tables of the reference tokeniser library, which are older than .NET's and of several versions. They travel in the assembly
/// (<c>unicode.bin</c>), so that ids depend neither on the runtime nor on the machine's ICU.
/// </summary>
internal sealed class UnicodeTables
{
    private const int Blocks = 0x110000 >> CodePointTrie.BlockShift;

    private readonly CodePointTrie _properties;
    private readonly CodePointTrie _mappings;
    private readonly int[] _pool;
    private readonly ulong[] _pairs;
    private readonly int[] _composites;

    private UnicodeTables(Stream stream)
    {
        int[] counts = Read<int>(stream, 4);
        _properties = new CodePointTrie(Read<ushort>(stream, Blocks), Read<ushort>(stream, counts[0]));
        _mappings = new CodePointTrie(Read<ushort>(stream, Blocks), Read<ushort>(stream, counts[1]));
        _pool = Read<int>(stream, counts[2]);
        int[] compositions = Read<int>(stream, 3 * counts[3]);
        _pairs = new ulong[counts[3]];
        _composites = new int[counts[3]];
        for (int i = 0; i < _pairs.Length; i++)
        {
            _pairs[i] = Pair(compositions[3 * i], compositions[3 * i + 1]);
            _composites[i] = compositions[3 * i + 2];
        }
    }

    /// <summary>The tables. They never change.</summary>
    public static UnicodeTables Instance { get; } = Load();

    public CodePointProperties this[int codePoint] => new(_properties[codePoint]);

    /// <summary>The full canonical decomposition; empty where there is none, and for Hangul, which <see cref="Hangul"/> computes.</summary>
    public ReadOnlySpan<int> Decomposition(int codePoint)
    {
        int at = _mappings[codePoint];
        return _pool.AsSpan(at + 1, _pool[at] & 0xFF);
    }

    /// <summary>The lower case; empty where a code point is its own.</summary>
    public ReadOnlySpan<int> LowerCase(int codePoint)
    {
        int at = _mappings[codePoint];
        return _pool.AsSpan(at + 1 + (_pool[at] & 0xFF), _pool[at] >> 8);
    }

    /// <summary>The code point that two others compose to, or -1.</summary>
    public int Compose(int first, int second)
    {
        int hangul = Hangul.Compose(first, second);
        if (hangul >= 0)
        {
            return hangul;
        }

        int at = Array.BinarySearch(_pairs, Pair(first, second));
        return at < 0 ? -1 : _composites[at];
    }

    private static ulong Pair(int first, int second) => (ulong)(uint)first << 32 | (uint)second;

    private static UnicodeTables Load()
    {
        using Stream stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("AkiDb.Bridge.Tokenizing.unicode.bin")!;
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
