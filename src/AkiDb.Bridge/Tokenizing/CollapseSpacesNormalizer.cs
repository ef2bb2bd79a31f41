namespace AkiDb.Bridge.Tokenizing;

/// <summary>Puts one string in the place of each run of two or more spaces, as converted SentencePiece models do.</summary>
/// <param name="content">What takes its place.</param>
internal sealed class CollapseSpacesNormalizer(byte[] content) : TextNormalizer
{
    /// <summary>The pattern, as it stands in <c>tokenizer.json</c>.</summary>
    public const string Pattern = " {2,}";

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        if (text.IndexOf("  "u8) < 0)
        {
            return false;
        }

        for (var at = 0; at < text.Length;)
        {
            var run = text[at..].IndexOfAnyExcept((byte)' ');
            run = run < 0 ? text.Length - at : run;
            if (run > 1)
            {
                content.CopyTo(output.Free(content.Length));
                output.Advance(content.Length);
                at += run;
            }
            else
            {
                output.Add(text[at++]);
            }
        }

        return true;
    }

    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        keepsPrevious = true;
        return previous != ' ' && next != ' ';
    }
}
