namespace AkiDb.Bridge.Tokenizing;

/// <summary>A value for every code point, in two stages: blocks that are equal are kept once.</summary>
internal sealed class CodePointTrie(ushort[] blocks, ushort[] values)
{
    public const int BlockShift = 7;

    public ushort this[int codePoint] => values[(blocks[codePoint >> BlockShift] << BlockShift) | (codePoint & (1 << BlockShift) - 1)];
}
