namespace AkiDb.Bridge.AspNetCore;

/// <summary>The members of the answer of <c>POST /api/v1/embed</c>, the same in every format.</summary>
internal static class EmbedAnswer
{
    private const int Members = 8;
    private const int UsageMembers = 2;

    /// <summary>Writes the answer, in pieces.</summary>
    public static async Task WriteAsync(EmbeddingResult result, AnswerFormat format, ResponseBody body, CancellationToken cancellationToken)
    {
        Begin(result, format);
        foreach (var vector in result.Vectors)
        {
            format.Vector(vector.Span);
            await body.SendPieceAsync(cancellationToken).ConfigureAwait(false);
        }

        End(result, format);
        await body.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes all of the answer at once.</summary>
    public static void Write(EmbeddingResult result, AnswerFormat format)
    {
        Begin(result, format);
        foreach (var vector in result.Vectors)
        {
            format.Vector(vector.Span);
        }

        End(result, format);
    }

    private static void Begin(EmbeddingResult result, AnswerFormat format)
    {
        format.BeginMap(Members);
        format.BeginVectors("embeddings", result.Vectors.Count, result.Space.Dimensions);
    }

    private static void End(EmbeddingResult result, AnswerFormat format)
    {
        format.EndVectors();
        format.Text("model", result.Model);
        format.Number("dimension", result.Space.Dimensions);
        format.BeginMap("usage", UsageMembers);
        format.Number("total_tokens", result.TotalTokens);
        format.Number("duration_ms", (long)result.Duration.TotalMilliseconds);
        format.EndMap();
        format.Flags("truncated", result.Truncated);
        format.Text("space", result.Space.ToString());
        format.Text("served_by", result.ServedBy);
        format.Flag("degraded", result.Degraded);
        format.EndMap();
    }
}
