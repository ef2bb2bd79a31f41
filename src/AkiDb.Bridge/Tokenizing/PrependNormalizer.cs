namespace AkiDb.Bridge.Tokenizing;

/// <summary>Puts a string before every text that is not empty.</summary>
internal sealed class PrependNormalizer(byte[] content) : TextNormalizer
{
    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        content.CopyTo(output.Free(content.Length));
        output.Advance(content.Length);
        text.CopyTo(output.Free(text.Length));
        output.Advance(text.Length);
        return true;
    }

    /// <remarks>Each part would get the string.</remarks>
    public override bool MayCut(int previous, ref int next, out bool keepsPrevious)
    {
        keepsPrevious = true;
        return false;
    }
}
