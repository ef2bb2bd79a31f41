namespace AkiDb.Bridge.Tokenizing;

/// <summary>The merges of a BPE model as they are read: strings with a space in the middle, or arrays of two strings.</summary>
internal sealed class MergeList
{
    private readonly TokenList _parts = new();
    private bool _arePairs;

    public int Count => _arePairs ? _parts.Count / 2 : _parts.Count;

    /// <summary>The two tokens that a merge joins. The right one is empty when there are no two.</summary>
    public void Get(int rank, out ReadOnlySpan<byte> left, out ReadOnlySpan<byte> right)
    {
        if (_arePairs)
        {
            left = _parts[2 * rank];
            right = _parts[2 * rank + 1];
            return;
        }

        ReadOnlySpan<byte> both = _parts[rank];
        int space = both.IndexOf((byte)' ');
        left = both[..Math.Max(space, 0)];
        right = space < 0 ? default : both[(space + 1)..];
    }

    /// <summary>Reads an array of merges; false when it is something else.</summary>
    public bool TryRead(ref JsonListScanner scanner)
    {
        if (!scanner.TryTake('['))
        {
            return false;
        }

        bool understood = true;
        bool more = !scanner.TryTake(']');
        while (more && understood)
        {
            bool isPair = scanner.TryTake('[');
            _arePairs |= isPair && _parts.Count == 0;
            understood = isPair == _arePairs
                && TryReadPart(ref scanner)
                && (!isPair || (scanner.TryTake(',') && TryReadPart(ref scanner) && scanner.TryTake(']')));
            more = scanner.TryTake(',');
            understood &= more || scanner.TryTake(']');
        }

        return understood;
    }

    private bool TryReadPart(ref JsonListScanner scanner)
    {
        bool isString = scanner.TryTakeString(out ReadOnlySpan<byte> quoted, out bool escaped);
        if (isString)
        {
            _parts.Add(quoted, escaped);
        }

        return isString;
    }
}
