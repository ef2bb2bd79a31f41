using AkiDb.Bridge.Models;

namespace AkiDb.Bridge.Onnx;

/// <summary>Fills a run's inputs from the texts of a micro-batch.</summary>
internal static class RunInputs
{
    /// <summary>Added to the attention score of padding: far enough from any score, and finite.</summary>
    public const float Masked = -3e38f;

    public static void Fill(RunBuffer buffer, EmbedCall call, MicroBatch batch, TransformerModel model)
    {
        var pooling = model.Pooling;
        var paddingId = (model.Architecture as EncoderArchitecture)?.PaddingId;
        var ids = buffer.Integers(GraphInput.Ids);
        var positions = buffer.Integers(GraphInput.Positions);
        var packedRows = buffer.Integers(GraphInput.PackedRows);
        var row = 0;
        for (var text = 0; text < batch.Texts; text++)
        {
            var (index, start, length) = call.Plan.At(batch.First + text);
            var skipped = call.Skipped?[index] ?? 0;
            call.Batch.Ids.Span.Slice(start, length).CopyTo(ids[row..]);
            if (paddingId is { } padding)
            {
                CountAllBut(padding, ids.Slice(row, length), positions.Slice(row, length));
            }
            else
            {
                Count(positions.Slice(row, length), 0);
            }

            Count(packedRows.Slice(row, length), text * batch.Longest);
            FillPadded(buffer, batch, pooling, text, row, length, skipped);
            if (!model.PoolsPrompt)
            {
                FillPoolMask(buffer.Floats(GraphInput.PoolMask).Slice(text * batch.Longest, batch.Longest), length, skipped);
            }

            var pooled = pooling == Pooling.LastToken ? length - 1 : skipped;
            buffer.Integers(GraphInput.PooledRows)[text] = row + pooled;
            buffer.Integers(GraphInput.PooledPaddedRows)[text] = (text * batch.Longest) + pooled;
            row += length;
        }
    }

    /// <summary>Padding repeats the text's own first row, so that not even a NaN can pass from one text to another.</summary>
    private static void FillPadded(RunBuffer buffer, MicroBatch batch, Pooling pooling, int text, int row, int length, int skipped)
    {
        var rows = buffer.Integers(GraphInput.PaddedRows).Slice(text * batch.Longest, batch.Longest);
        Count(rows[..length], row);
        rows[length..].Fill(row);

        var mask = buffer.Floats(GraphInput.Mask).Slice(text * batch.Longest, batch.Longest);
        mask[..length].Clear();
        mask[length..].Fill(Masked);

        var weights = buffer.Floats(GraphInput.PoolWeights).Slice(text * batch.Longest, batch.Longest);
        weights[..skipped].Clear();
        Weigh(weights[skipped..length], pooling, skipped);
        weights[length..].Clear();
    }

    private static void FillPoolMask(Span<float> mask, int length, int skipped)
    {
        mask.Fill(Masked);
        mask[skipped..length].Clear();
    }

    /// <param name="weights">Those of the tokens that are pooled.</param>
    /// <param name="pooling">The pooling.</param>
    /// <param name="skipped">The text's tokens before these: a token weighs what it does in the whole text.</param>
    private static void Weigh(Span<float> weights, Pooling pooling, int skipped)
    {
        if (pooling == Pooling.WeightedMean)
        {
            var sum = weights.Length * (weights.Length + 1L + (2L * skipped)) / 2;
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = (float)((skipped + i + 1) / (double)sum);
            }
        }
        else
        {
            weights.Fill((float)(1 / (pooling == Pooling.MeanSqrtLength ? Math.Sqrt(weights.Length) : weights.Length)));
        }
    }

    /// <summary>RoBERTa's positions: padding that a text holds as a token has one of its own and is not counted.</summary>
    private static void CountAllBut(int padding, ReadOnlySpan<int> ids, Span<int> positions)
    {
        var counted = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            positions[i] = padding + (ids[i] == padding ? 0 : ++counted);
        }
    }

    private static void Count(Span<int> span, int first)
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = first + i;
        }
    }
}
