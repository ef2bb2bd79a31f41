using AkiDb.Bridge.Engines;

namespace AkiDb.Bridge.Dispatch;

/// <summary>A batch with one text more, whose row is known.</summary>
internal sealed class Canary
{
    private readonly int position;
    private readonly int rowValues;
    private readonly float[] rows;

    /// <param name="batch">The batch.</param>
    /// <param name="known">The text.</param>
    /// <param name="position">Its place in the batch.</param>
    /// <param name="rowValues">The values of a row.</param>
    public Canary(TokenBatch batch, KnownText known, int position, int rowValues)
    {
        (Text, this.position, this.rowValues) = (known, position, rowValues);
        var ids = known.Ids;
        var before = batch.Slice(0, position).Tokens;
        int[] lengths = [.. batch.Lengths.Span[..position], ids.Length, .. batch.Lengths.Span[position..]];
        int[] all = [.. batch.Ids.Span[..before], .. ids.Span, .. batch.Ids.Span[before..]];
        Batch = new TokenBatch(all, lengths);
        rows = new float[lengths.Length * rowValues];
    }

    /// <summary>What the engine is given.</summary>
    public TokenBatch Batch { get; }

    /// <summary>Where its rows go.</summary>
    public Memory<float> Rows => rows;

    /// <summary>The known text.</summary>
    public KnownText Text { get; }

    /// <summary>The known text's row, as the engine has answered it.</summary>
    public ReadOnlySpan<float> Row => rows.AsSpan(position * rowValues, rowValues);

    /// <summary>Copies the rows of the other texts.</summary>
    public void CopyOthers(Span<float> destination)
    {
        var before = position * rowValues;
        rows.AsSpan(0, before).CopyTo(destination);
        rows.AsSpan(before + rowValues).CopyTo(destination[before..]);
    }

    /// <summary>An error as it is of the batch without the known text.</summary>
    public EngineReply WithoutIt(EngineReply reply) => reply.Error is { InputIndex: { } index } error
        ? reply with { Error = error with { InputIndex = index == position ? null : index > position ? index - 1 : index } }
        : reply;
}
