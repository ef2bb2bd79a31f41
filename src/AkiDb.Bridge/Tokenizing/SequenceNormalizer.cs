namespace AkiDb.Bridge.Tokenizing;

/// <summary>Normalisers one after the other.</summary>
internal sealed class SequenceNormalizer(TextNormalizer first, TextNormalizer second) : TextNormalizer
{
    private const int StackBytes = 512;

    public override bool TryNormalize(scoped ReadOnlySpan<byte> text, scoped ref PooledBuffer<byte> output)
    {
        var between = new PooledBuffer<byte>(stackalloc byte[StackBytes]);
        try
        {
            if (!first.TryNormalize(text, ref between))
            {
                return second.TryNormalize(text, ref output);
            }

            if (!second.TryNormalize(between.Written, ref output))
            {
                between.Written.CopyTo(output.Free(between.Count));
                output.Advance(between.Count);
            }

            return true;
        }
        finally
        {
            between.Dispose();
        }
    }

    public override bool MayCut(int previous, ref int next, out bool keepsPrevious) =>
        first.MayCut(previous, ref next, out keepsPrevious) && keepsPrevious && second.MayCut(previous, ref next, out keepsPrevious);
}
