using System.Buffers;
using System.Text.Unicode;

namespace AkiDb.Bridge.Tokenizing;

/// <summary>The tokeniser that a <c>tokenizer.json</c> describes.</summary>
/// <remarks>
/// 1. Transcode to UTF-8.                An unpaired surrogate becomes U+FFFD, here and nowhere else.
/// 2. Split at the raw added tokens.     They are found before anything is normalised.
/// 3. Normalise each piece between.
/// 4. Split at the other added tokens.   They are found in normalised text.
/// 5. Encode what is left.               Words, then pieces of words.
/// 6. Put the template around.           When cut, the content is cut and the template stays.
/// </remarks>
internal sealed class TokenizerPipeline(
    AddedTokenSet rawTokens, TextNormalizer? normalizer, AddedTokenSet normalizedTokens, TokenModel model, TokenTemplate template) : Tokenizer
{
    private const int StackBytes = 1024;
    private const int MostBytesPerChar = 3;

    public override TokenCount Encode(ReadOnlySpan<char> text, int maxTokens, IBufferWriter<int> ids)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, template.Length);
        var utf8 = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        var content = new TokenSink(ids, maxTokens - template.Length);
        try
        {
            ids.Write(template.Prefix);
            Transcode(text, ref utf8);
            EncodeRaw(utf8.Written, ref content);
            content.Flush();
            ids.Write(template.Suffix);
        }
        finally
        {
            utf8.Dispose();
        }

        int total = content.Total + template.Length;
        return new TokenCount(Math.Min(total, maxTokens), total);
    }

    private static void Transcode(ReadOnlySpan<char> text, scoped ref PooledBuffer<byte> utf8)
    {
        // Most text is ASCII: room for three bytes a character is taken only when it turns out to be needed.
        OperationStatus status = Utf8.FromUtf16(text, utf8.Free(text.Length), out int read, out int written);
        utf8.Advance(written);
        if (status == OperationStatus.DestinationTooSmall)
        {
            Utf8.FromUtf16(text[read..], utf8.Free((text.Length - read) * MostBytesPerChar), out _, out written);
            utf8.Advance(written);
        }
    }

    private void EncodeRaw(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        foreach (TextPiece piece in rawTokens.Split(text))
        {
            if (piece.IsToken)
            {
                sink.Add(piece.TokenId);
            }
            else
            {
                Normalize(text[piece.Start..piece.End], ref sink);
            }
        }
    }

    private void Normalize(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        var normal = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        try
        {
            bool changed = normalizer is not null && normalizer.TryNormalize(text, ref normal);
            EncodeNormalized(changed ? normal.Written : text, ref sink);
        }
        finally
        {
            normal.Dispose();
        }
    }

    private void EncodeNormalized(scoped ReadOnlySpan<byte> text, scoped ref TokenSink sink)
    {
        foreach (TextPiece piece in normalizedTokens.Split(text))
        {
            if (piece.IsToken)
            {
                sink.Add(piece.TokenId);
            }
            else
            {
                model.Encode(text[piece.Start..piece.End], ref sink);
            }
        }
    }
}
