namespace AkiDb.Bridge.Tokenizing;

/// <summary>Unicode's normal forms C and KC, by the reference library's tables.</summary>
/// <param name="isCompatible">Whether it is KC, in which what only looks otherwise (ligatures, full width, circled digits) becomes what it stands for.</param>
internal sealed class CompositionNormalizer(bool isCompatible) : TextNormalizer
{
    // Every code point below U+0300, in KC below U+0080, is in normal form and a starter; this is the first byte of those from there on.
    private const byte FirstLeadToCheckInC = 0xCC;
    private const byte FirstLeadToCheckInKc = 0xC2;

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    private readonly byte firstLeadToCheck = isCompatible ? FirstLeadToCheckInKc : FirstLeadToCheckInC;

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        if (IsNormal(text))
        {
            return false;
        }

        var points = new PooledBuffer<int>(stackalloc int[256]);
        try
        {
            Decompose(text, ref points);
            points.Truncate(Compose(points.Written));
            foreach (int point in points.Written)
            {
                Utf8Text.Append(ref output, CanonicalOrder.CodePoint(point));
            }
        }
        finally
        {
            points.Dispose();
        }

        return true;
    }

    /// <remarks>A mark may go into its letter: both end a word before the same code points.</remarks>
    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        keepsPrevious = IsSettled(previous);
        return IsSettled(next) && (keepsPrevious || Unicode[previous].CombiningRank != 0);
    }

    private bool IsSettled(int codePoint) => Unicode[codePoint] is { MayChangeInNfc: false, CombiningRank: 0 } && !IsReplaced(codePoint);

    private bool IsReplaced(int codePoint) => isCompatible && !Unicode.CompatibilityDecomposition(codePoint).IsEmpty;

    /// <summary>The quick check: false may mean "perhaps not".</summary>
    private bool IsNormal(ReadOnlySpan<byte> text)
    {
        var previousRank = 0;
        var at = 0;
        while (true)
        {
            var skipped = text[at..].IndexOfAnyInRange(firstLeadToCheck, byte.MaxValue);
            if (skipped < 0)
            {
                return true;
            }

            var codePoint = Utf8Text.Decode(text, at + skipped, out var length);
            var properties = Unicode[codePoint];
            var rank = properties.CombiningRank;
            var misordered = skipped == 0 && rank != 0 && rank < previousRank;
            if (properties.MayChangeInNfc || misordered || IsReplaced(codePoint))
            {
                return false;
            }

            previousRank = rank;
            at += skipped + length;
        }
    }

    private void Decompose(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<int> points)
    {
        Span<int> letters = stackalloc int[3];
        var marksFrom = 0;
        for (var at = 0; at < text.Length;)
        {
            var codePoint = Utf8Text.Decode(text, at, out var length);
            at += length;
            var properties = Unicode[codePoint];
            if (IsReplaced(codePoint))
            {
                AddInOrder(Unicode.CompatibilityDecomposition(codePoint), ref points, ref marksFrom);
            }
            else if (!properties.Decomposes)
            {
                AddInOrder(codePoint, properties.CombiningRank, ref points, ref marksFrom);
            }
            else if (Hangul.IsSyllable(codePoint))
            {
                AddInOrder(letters[..Hangul.Decompose(codePoint, letters)], ref points, ref marksFrom);
            }
            else
            {
                AddInOrder(Unicode.Decomposition(codePoint), ref points, ref marksFrom);
            }
        }

        CanonicalOrder.Sort(points.Written[marksFrom..]);
    }

    private static void AddInOrder(scoped ReadOnlySpan<int> parts, scoped ref PooledBuffer<int> points, ref int marksFrom)
    {
        foreach (int part in parts)
        {
            AddInOrder(part, Unicode[part].CombiningRank, ref points, ref marksFrom);
        }
    }

    private static void AddInOrder(int codePoint, int rank, scoped ref PooledBuffer<int> points, ref int marksFrom)
    {
        if (rank == 0)
        {
            CanonicalOrder.Sort(points.Written[marksFrom..]);
            marksFrom = points.Count + 1;
        }

        points.Add(CanonicalOrder.Pack(codePoint, rank));
    }

    /// <summary>Composes in place and returns how many code points remain.</summary>
    private static int Compose(Span<int> points)
    {
        var count = 0;
        var starter = -1;
        foreach (int point in points)
        {
            var rank = CanonicalOrder.Rank(point);
            var blocked = starter < 0 || (count - 1 > starter && CanonicalOrder.Rank(points[count - 1]) >= rank);
            var composite = blocked ? -1 : Unicode.Compose(points[starter], CanonicalOrder.CodePoint(point));
            if (composite >= 0)
            {
                points[starter] = composite;
                continue;
            }

            if (rank == 0)
            {
                starter = count;
            }

            points[count++] = point;
        }

        return count;
    }
}
