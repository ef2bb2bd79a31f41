namespace AkiDb.Bridge.Tokenizing;

/// <summary>BERT's cleaning, in this order: control characters out, ideographs spaced, accents off, lower case.</summary>
/// <param name="cleanText">Whether control characters go and white space becomes plain spaces.</param>
/// <param name="spaceIdeographs">Whether CJK ideographs get spaces around.</param>
/// <param name="stripAccents">Whether text is decomposed and loses its non-spacing marks.</param>
/// <param name="lowerCase">Whether text becomes lower case.</param>
internal sealed class BertNormalizer(bool cleanText, bool spaceIdeographs, bool stripAccents, bool lowerCase) : TextNormalizer
{
    private const byte Dropped = byte.MaxValue;

    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    private readonly byte[] ascii = AsciiMap(cleanText, lowerCase);

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        var marks = new PooledBuffer<int>([]);
        try
        {
            for (var at = 0; at < text.Length;)
            {
                at += AppendAscii(text[at..], ref output);
                at += AppendOthers(text[at..], ref output, ref marks);
            }
        }
        finally
        {
            marks.Dispose();
        }

        return true;
    }

    /// <remarks>Marks are put in order and ideographs are spaced, so only a code point that ends both may follow a cut.</remarks>
    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        var properties = Unicode[next];
        keepsPrevious = false;
        if (properties.Decomposes || properties.HasLowerCase || properties.CombiningRank != 0 || properties.IsAccent)
        {
            return false;
        }

        next = properties.BertClass switch
        {
            BertClass.Space when cleanText => ' ',
            BertClass.Ideograph when spaceIdeographs => ' ',
            _ => next,
        };
        return properties.BertClass != BertClass.Drop;
    }

    private static byte[] AsciiMap(bool cleanText, bool lowerCase)
    {
        var map = new byte[128];
        for (var c = 0; c < map.Length; c++)
        {
            map[c] = (cleanText, Unicode[c].BertClass) switch
            {
                (true, BertClass.Drop) => Dropped,
                (true, BertClass.Space) => (byte)' ',
                _ => lowerCase ? (byte)char.ToLowerInvariant((char)c) : (byte)c,
            };
        }

        return map;
    }

    /// <summary>Appends up to the first byte that is not ASCII and returns how many bytes that were.</summary>
    private int AppendAscii(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        ReadOnlySpan<byte> map = ascii;
        var free = output.Free(text.Length);
        var count = 0;
        var at = 0;
        for (; at < text.Length && text[at] < map.Length; at++)
        {
            var mapped = map[text[at]];
            free[count] = mapped;
            count += mapped == Dropped ? 0 : 1;
        }

        output.Advance(count);
        return at;
    }

    /// <summary>Appends up to the next ASCII character that stays and returns how many bytes that were.</summary>
    /// <remarks>ASCII that is dropped is passed over here: the marks on both sides of it belong to one letter.</remarks>
    private int AppendOthers(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output, scoped ref PooledBuffer<int> marks)
    {
        var at = 0;
        while (at < text.Length && !(Utf8Text.IsAscii(text[at]) && ascii[text[at]] != Dropped))
        {
            var codePoint = Utf8Text.Decode(text, at, out var length);
            at += length;
            var properties = Unicode[codePoint];
            switch (properties.BertClass)
            {
                case BertClass.Drop when cleanText:
                    break;
                case BertClass.Space when cleanText:
                    AppendSpace(ref output, ref marks);
                    break;
                case BertClass.Ideograph when spaceIdeographs:
                    AppendSpace(ref output, ref marks);
                    AppendUnaccented(codePoint, properties, ref output, ref marks);
                    AppendSpace(ref output, ref marks);
                    break;
                default:
                    AppendUnaccented(codePoint, properties, ref output, ref marks);
                    break;
            }
        }

        AppendMarks(ref output, ref marks);
        return at;
    }

    private void AppendSpace(scoped ref PooledBuffer<byte> output, scoped ref PooledBuffer<int> marks)
    {
        AppendMarks(ref output, ref marks);
        output.Add((byte)' ');
    }

    private void AppendUnaccented(
        int codePoint, CodePointProperties properties, scoped ref PooledBuffer<byte> output, scoped ref PooledBuffer<int> marks)
    {
        if (!stripAccents)
        {
            AppendCased(codePoint, properties, ref output);
        }
        else if (!properties.Decomposes)
        {
            AppendInOrder(codePoint, properties, ref output, ref marks);
        }
        else if (Hangul.IsSyllable(codePoint))
        {
            Span<int> letters = stackalloc int[3];
            foreach (int letter in letters[..Hangul.Decompose(codePoint, letters)])
            {
                AppendInOrder(letter, Unicode[letter], ref output, ref marks);
            }
        }
        else
        {
            foreach (int part in Unicode.Decomposition(codePoint))
            {
                AppendInOrder(part, Unicode[part], ref output, ref marks);
            }
        }
    }

    /// <summary>Appends a letter at once; holds a mark back until its letter has all of them, because they are put in order.</summary>
    private void AppendInOrder(
        int codePoint, CodePointProperties properties, scoped ref PooledBuffer<byte> output, scoped ref PooledBuffer<int> marks)
    {
        if (properties.CombiningRank == 0)
        {
            AppendMarks(ref output, ref marks);
        }

        if (properties.IsAccent)
        {
            return;
        }

        if (properties.CombiningRank == 0)
        {
            AppendCased(codePoint, properties, ref output);
        }
        else
        {
            marks.Add(CanonicalOrder.Pack(codePoint, properties.CombiningRank));
        }
    }

    private void AppendMarks(scoped ref PooledBuffer<byte> output, scoped ref PooledBuffer<int> marks)
    {
        if (marks.Count == 0)
        {
            return;
        }

        CanonicalOrder.Sort(marks.Written);
        foreach (int mark in marks.Written)
        {
            var codePoint = CanonicalOrder.CodePoint(mark);
            AppendCased(codePoint, Unicode[codePoint], ref output);
        }

        marks.Truncate(0);
    }

    private void AppendCased(int codePoint, CodePointProperties properties, scoped ref PooledBuffer<byte> output)
    {
        if (!lowerCase || !properties.HasLowerCase)
        {
            Utf8Text.Append(ref output, codePoint);
            return;
        }

        foreach (int lower in Unicode.LowerCase(codePoint))
        {
            Utf8Text.Append(ref output, lower);
        }
    }
}
