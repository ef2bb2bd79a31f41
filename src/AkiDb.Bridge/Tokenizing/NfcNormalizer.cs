namespace AkiDb.Bridge.Tokenizing;

/// <summary>Unicode's normal form C, by the reference library's tables.</summary>
internal sealed class NfcNormalizer : TextNormalizer
{
    // Every code point below U+0300 is in normal form and a starter; this is the first byte of those from there on.
    private const byte FirstLeadToCheck = 0xCC;

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    public override bool TryNormalize(ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
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

    /// <summary>The quick check: false may mean "perhaps not".</summary>
    private static bool IsNormal(ReadOnlySpan<byte> text)
    {
        int previousRank = 0;
        int at = 0;
        while (true)
        {
            int skipped = text[at..].IndexOfAnyInRange(FirstLeadToCheck, byte.MaxValue);
            if (skipped < 0)
            {
                return true;
            }

            CodePointProperties properties = Unicode[Utf8Text.Decode(text, at + skipped, out int length)];
            int rank = properties.CombiningRank;
            bool misordered = skipped == 0 && rank != 0 && rank < previousRank;
            if (properties.MayChangeInNfc || misordered)
            {
                return false;
            }

            previousRank = rank;
            at += skipped + length;
        }
    }

    private static void Decompose(ReadOnlySpan<byte> text, scoped ref PooledBuffer<int> points)
    {
        Span<int> letters = stackalloc int[3];
        int marksFrom = 0;
        for (int at = 0; at < text.Length;)
        {
            int codePoint = Utf8Text.Decode(text, at, out int length);
            at += length;
            CodePointProperties properties = Unicode[codePoint];
            if (!properties.Decomposes)
            {
                AddInOrder(codePoint, properties.CombiningRank, ref points, ref marksFrom);
            }
            else if (Hangul.IsSyllable(codePoint))
            {
                foreach (int letter in letters[..Hangul.Decompose(codePoint, letters)])
                {
                    AddInOrder(letter, 0, ref points, ref marksFrom);
                }
            }
            else
            {
                foreach (int part in Unicode.Decomposition(codePoint))
                {
                    AddInOrder(part, Unicode[part].CombiningRank, ref points, ref marksFrom);
                }
            }
        }

        CanonicalOrder.Sort(points.Written[marksFrom..]);
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
        int count = 0;
        int starter = -1;
        foreach (int point in points)
        {
            int rank = CanonicalOrder.Rank(point);
            bool blocked = starter < 0 || (count - 1 > starter && CanonicalOrder.Rank(points[count - 1]) >= rank);
            int composite = blocked ? -1 : Unicode.Compose(points[starter], CanonicalOrder.CodePoint(point));
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
