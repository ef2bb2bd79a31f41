namespace AkiDb.Bridge.Tokenizing;

/// <summary>The merges of a BPE model as they are read: strings with a space in the middle, or arrays of two strings.</summary>
internal sealed class MergeList
{
    private readonly TokenList parts = new();
    private bool arePairs;

    public int Count => arePairs ? parts.Count / 2 : parts.Count;

    /// <summary>The two tokens that a merge joins. The right one is empty when there are no two.</summary>
    public void Get(int rank, out ReadOnlySpan<byte> left, out ReadOnlySpan<byte> right)
    {
        if (arePairs)
        {
            left = parts[2 * rank];
            right = parts[2 * rank + 1];
            return;
        }

        var both = parts[rank];
        var space = both.IndexOf((byte)' ');
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

        var understood = true;
        var more = !scanner.TryTake(']');
        while (more && understood)
        {
            var isPair = scanner.TryTake('[');
            arePairs |= isPair && parts.Count == 0;
            understood = isPair == arePairs
                && TryReadPart(ref scanner)
                && (!isPair || (scanner.TryTake(',') && TryReadPart(ref scanner) && scanner.TryTake(']')));
            more = scanner.TryTake(',');
            understood &= more || scanner.TryTake(']');
        }

        return understood;
    }

    private bool TryReadPart(ref JsonListScanner scanner)
    {
        var isString = scanner.TryTakeString(out var quoted, out var escaped);
        if (isString)
        {
            parts.Add(quoted, escaped);
        }

        return isString;
    }
}
