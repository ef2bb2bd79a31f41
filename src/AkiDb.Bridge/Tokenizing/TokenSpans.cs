using System.Buffers;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>Finds where in a text its tokens are: lays each token's own bytes along the normalised text, of which every byte knows its character in the text.</summary>
/// <param name="normalizer">The normaliser; null for none.</param>
/// <param name="normalizedTokens">The added tokens that are found in normalised text.</param>
/// <param name="model">The model.</param>
/// <param name="names">The tokens as the file writes them.</param>
/// <param name="trimsSpace">Whether the space before a word is no part of its token's place.</param>
internal sealed class TokenSpans(TextNormalizer? normalizer, AddedTokenSet normalizedTokens, TokenModel model, TokenNames names, bool trimsSpace)
{
    private static readonly UnicodeTables Unicode = UnicodeTables.Instance;

    /// <summary>Adds the tokens of a piece of text that has no raw added token.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="start">Where the piece begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="tokens">Gets its tokens.</param>
    /// <param name="cancellationToken">Nobody waits for them any more.</param>
    public void Add(byte[] text, int start, int end, List<TextToken> tokens, CancellationToken cancellationToken)
    {
        var (normal, origins) = Normalize(text, start, end);
        foreach (var piece in normalizedTokens.Split(normal))
        {
            if (piece.IsToken)
            {
                tokens.Add(TokenAt(piece.TokenId, piece.Start, piece.End, origins));
                continue;
            }

            var ids = new ArrayBufferWriter<int>();
            var sink = new TokenSink(ids, int.MaxValue, cancellationToken: cancellationToken);
            model.Encode(normal.AsSpan(piece.Start..piece.End), ref sink);
            sink.Flush();
            Lay(normal, piece.Start, piece.End, ids.WrittenSpan, origins, tokens);
        }
    }

    private void Lay(ReadOnlySpan<byte> normal, int start, int end, ReadOnlySpan<int> ids, List<(int Start, int End)> origins, List<TextToken> tokens)
    {
        var at = start;
        for (var i = 0; i < ids.Length; i++)
        {
            at = model.LosesSpace ? SkipSpace(normal, at, end) : at;
            var (from, to) = ids[i] == model.UnknownId
                ? (at, EndOfUnknown(normal, at, end, i + 1 < ids.Length ? ids[i + 1] : model.UnknownId))
                : Find(normal[..end], at, ids[i]);
            at = to;
            if (from == to && to < end && model.Surface(names[ids[i]], new byte[names[ids[i]].Length]) > 0)
            {
                // The mark before the first word stands in no text: the library gives it the place of what follows.
                to = WholeCharacter(normal, to + 1, 1);
            }

            for (; trimsSpace && from < to && normal[from] == ' '; from++)
            {
            }

            tokens.Add(TokenAt(ids[i], WholeCharacter(normal, from, -1), WholeCharacter(normal, to, 1), origins));
        }
    }

    // What a token does not have in the text, such as the mark before its first word, takes no room there.
    private (int Start, int End) Find(ReadOnlySpan<byte> normal, int at, int id)
    {
        var token = names[id];
        Span<byte> surface = new byte[token.Length];
        surface = surface[..model.Surface(token, surface)];
        if (normal[at..].StartsWith(surface))
        {
            return (at, at + surface.Length);
        }

        return surface is [(byte)' ', ..] && normal[at..].StartsWith(surface[1..]) ? (at, at + surface.Length - 1) : (at, at);
    }

    private int EndOfUnknown(ReadOnlySpan<byte> normal, int at, int end, int next)
    {
        var to = at;
        while (to < end)
        {
            var properties = Unicode[Utf8Text.Decode(normal, to, out var length)];
            if (to > at && (properties.SplitClass == SplitClass.Space || (model.UnknownIsWord && properties.BertClass == BertClass.Punctuation)
                || (next != model.UnknownId && !model.UnknownIsWord && Find(normal[..end], to, next) is var found && found.End > found.Start)))
            {
                break;
            }

            to += length;
            if (properties.BertClass == BertClass.Punctuation && model.UnknownIsWord)
            {
                break;
            }
        }

        return to;
    }

    private static int SkipSpace(ReadOnlySpan<byte> normal, int at, int end)
    {
        while (at < end && !Utf8Text.IsContinuation(normal[at]) && Unicode[Utf8Text.Decode(normal, at, out var length)].SplitClass == SplitClass.Space)
        {
            at += length;
        }

        return at;
    }

    private static int WholeCharacter(ReadOnlySpan<byte> normal, int at, int step)
    {
        while (at > 0 && at < normal.Length && Utf8Text.IsContinuation(normal[at]))
        {
            at += step;
        }

        return at;
    }

    private static TextToken TokenAt(int id, int start, int end, List<(int Start, int End)> origins)
    {
        if (start < end)
        {
            return new TextToken(id, false, origins[start].Start, origins[end - 1].End);
        }

        var place = start < origins.Count ? origins[start].Start : origins.Count > 0 ? origins[^1].End : 0;
        return new TextToken(id, false, place, place);
    }

    /// <summary>The normal form, and for each of its bytes the character of the text that it comes from.</summary>
    private (byte[] Normal, List<(int Start, int End)> Origins) Normalize(byte[] text, int start, int end)
    {
        var normal = new List<byte>();
        var origins = new List<(int Start, int End)>();
        for (int from = start, to; from < end; from = to)
        {
            to = SegmentEnd(text, from, end);
            var whole = NormalForm(text.AsSpan(from..to));
            var begin = normal.Count;
            for (int at = from, length; at < to; at += length)
            {
                Utf8Text.Decode(text, at, out length);
                foreach (var unit in NormalForm(text.AsSpan(at, length)))
                {
                    normal.Add(unit);
                    origins.Add((at, at + length));
                }
            }

            if (!whole.AsSpan().SequenceEqual(normal[begin..].ToArray()))
            {
                normal.RemoveRange(begin, normal.Count - begin);
                origins.RemoveRange(begin, origins.Count - begin);
                normal.AddRange(whole);
                AddOrigins(text, from, to, whole, origins);
            }
        }

        return ([.. normal], origins);
    }

    // Its characters have changed each other. Where some were put together, the first of them counts for all; else all are the origin of each.
    private static void AddOrigins(byte[] text, int start, int end, byte[] normal, List<(int Start, int End)> origins)
    {
        var characters = new List<(int Start, int End)>();
        for (int at = start, length; at < end; at += length)
        {
            Utf8Text.Decode(text, at, out length);
            characters.Add((at, at + length));
        }

        var together = characters.Count - normal.Count(unit => !Utf8Text.IsContinuation(unit));
        var index = -1;
        foreach (var unit in normal)
        {
            index += Utf8Text.IsContinuation(unit) ? 0 : 1;
            origins.Add(together < 0 ? (start, end) : characters[index == 0 ? 0 : index + together]);
        }
    }

    private int SegmentEnd(ReadOnlySpan<byte> text, int start, int end)
    {
        var previous = Utf8Text.Decode(text, start, out var length);
        for (var at = start + length; at < end; at += length)
        {
            var next = Utf8Text.Decode(text, at, out length);
            var first = next;
            if (normalizer is null || normalizer.MayCut(previous, ref first, out _))
            {
                return at;
            }

            previous = next;
        }

        return end;
    }

    private byte[] NormalForm(ReadOnlySpan<byte> text)
    {
        if (normalizer is null)
        {
            return text.ToArray();
        }

        var output = new PooledBuffer<byte>([]);
        try
        {
            return normalizer.TryNormalize(text, ref output) ? output.Written.ToArray() : text.ToArray();
        }
        finally
        {
            output.Dispose();
        }
    }
}
