using System.Buffers;
using System.Text;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The tokeniser that a <c>tokenizer.json</c> describes.</summary>
/// <remarks>
/// 1. Read the text in chunks.           Up to a place where it may be cut without a change to any id; no further than the ids that are kept.
/// 2. Split at the raw added tokens.     They are found before anything is normalised.
/// 3. Normalise each piece between.
/// 4. Split at the other added tokens.   They are found in normalised text.
/// 5. Encode what is left.               Words, then pieces of words.
/// 6. Put the template around.           When cut, the content is cut and the template stays.
/// </remarks>
internal sealed class TokenizerPipeline(
    AddedTokenSet rawTokens,
    TextNormalizer? normalizer,
    AddedTokenSet normalizedTokens,
    TokenModel model,
    TokenTemplate template,
    TokenNames names,
    TokenDecoder decoder,
    int? left = null) : Tokenizer
{
    private const int StackBytes = 2048;
    private const int LeastChunk = 2048;
    private const int LargestChunk = 65536;
    private const int CharsPerToken = 8;

    /// <inheritdoc/>
    public override TokenTemplate Template => template;

    public override TokenCount Encode(
        PreparedPrompt prompt, ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, template.Length);
        var source = new Utf16Source(prompt.Rest, text);
        var content = new TokenSink(ids, maxTokens - template.Length, left, cancellationToken);
        ids.Write(template.Prefix);
        content.Add(prompt.Ids);
        if (!content.IsOver)
        {
            EncodeChunks(ref source, ref content);
        }

        content.Flush();
        ids.Write(template.Suffix);
        return new TokenCount(content.Kept + template.Length, content.IsOver, source.CharsRead);
    }

    public override PreparedPrompt Prepare(string prompt, int maxTokens, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, template.Length);
        var utf8 = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        try
        {
            var whole = new Utf16Source(prompt, default);
            utf8.Advance(whole.Read(prompt.Length, utf8.Free(whole.BytesFor(prompt.Length))));
            var chars = Encoding.UTF8.GetCharCount(utf8.Written[..LastCut(utf8.Written, 0)]);
            var source = new Utf16Source(prompt.AsSpan(0, chars), default);

            // One id more than there is room for tells that every text is cut.
            var ids = new ArrayBufferWriter<int>();
            var content = new TokenSink(ids, (int)Math.Min(maxTokens - template.Length + 1L, int.MaxValue), left, cancellationToken);
            EncodeChunks(ref source, ref content);
            content.Flush();
            return new PreparedPrompt(ids.WrittenSpan.ToArray(), prompt[chars..]);
        }
        finally
        {
            utf8.Dispose();
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TextToken> Locate(byte[] text, bool addSpecialTokens, CancellationToken cancellationToken)
    {
        var tokens = new List<TextToken>();
        var spans = new TokenSpans(normalizer, normalizedTokens, model, names, template.TrimsSpace);
        AddTemplate(template.Prefix);
        foreach (var piece in rawTokens.Split(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (piece.IsToken)
            {
                tokens.Add(new TextToken(piece.TokenId, false, piece.Start, piece.End));
            }
            else
            {
                spans.Add(text, piece.Start, piece.End, tokens, cancellationToken);
            }
        }

        AddTemplate(template.Suffix);
        return tokens;

        void AddTemplate(int[] ids) => tokens.AddRange(addSpecialTokens ? ids.Select(id => new TextToken(id, true, 0, 0)) : []);
    }

    /// <inheritdoc/>
    public override string NameOf(int id) => Encoding.UTF8.GetString(names[id]);

    /// <inheritdoc/>
    public override string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens) => decoder.Decode(
        [.. ids.Where(id => !names[id].IsEmpty && !(skipSpecialTokens && names.IsSpecial(id))).Select(id => names[id].ToArray())]);

    private void EncodeChunks(scoped ref Utf16Source source, scoped ref TokenSink sink)
    {
        var chunk = (int)Math.Clamp(CharsPerToken * (long)sink.Room, LeastChunk, LargestChunk);
        var utf8 = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        try
        {
            for (var searched = 0; !source.IsAtEnd && !sink.IsOver;)
            {
                sink.CancellationToken.ThrowIfCancellationRequested();
                utf8.Advance(source.Read(chunk, utf8.Free(source.BytesFor(chunk))));
                var end = source.IsAtEnd ? utf8.Count : LastCut(utf8.Written, searched);
                EncodeRaw(utf8.Written[..end], ref sink);
                utf8.RemoveFirst(end);
                searched = utf8.Count;
            }
        }
        finally
        {
            utf8.Dispose();
        }
    }

    /// <summary>The last place where a text may be cut, or 0.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">It may not be cut before this.</param>
    private int LastCut(ReadOnlySpan<byte> text, int from)
    {
        for (var at = text.Length - 1; at >= Math.Max(from, 1); at--)
        {
            if (!Utf8Text.IsContinuation(text[at])
                && MayCut(Utf8Text.DecodeBefore(text, at, out _), Utf8Text.Decode(text, at, out _)))
            {
                return at;
            }
        }

        return 0;
    }

    private bool MayCut(int previous, int next)
    {
        var first = next;
        var keepsPrevious = true;
        return (normalizer is null || normalizer.MayCut(previous, ref first, out keepsPrevious))
            && model.MayCut(previous, first)
            && normalizedTokens.MayCut(keepsPrevious ? previous : AddedTokenSet.NotKnown, first)
            && rawTokens.MayCut(previous, next);
    }

    private void EncodeRaw(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        foreach (var piece in rawTokens.Split(text))
        {
            if (piece.IsToken)
            {
                sink.Add(piece.TokenId);
            }
            else
            {
                Normalize(text[piece.Start..piece.End], ref sink);
            }

            if (sink.IsOver)
            {
                return;
            }
        }
    }

    private void Normalize(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        var normal = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        try
        {
            var changed = normalizer is not null && normalizer.TryNormalize(text, ref normal);
            EncodeNormalized(changed ? normal.Written : text, ref sink);
        }
        finally
        {
            normal.Dispose();
        }
    }

    private void EncodeNormalized(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        foreach (var piece in normalizedTokens.Split(text))
        {
            if (piece.IsToken)
            {
                sink.Add(piece.TokenId);
            }
            else
            {
                model.Encode(text[piece.Start..piece.End], ref sink);
            }

            if (sink.IsOver)
            {
                return;
            }
        }
    }
}
