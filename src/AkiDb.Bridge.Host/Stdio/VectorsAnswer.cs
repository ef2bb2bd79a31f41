namespace AkiDb.Bridge.Host.Stdio;

/// <summary>The vectors of a request. Each component is the shortest number that gives the same float32 again.</summary>
internal sealed class VectorsAnswer(EmbeddingResult result) : StdioAnswer
{
    /// <inheritdoc/>
    public override async ValueTask WriteAsync(AnswerLine line, CancellationToken cancellationToken)
    {
        var json = line.Json;
        json.WriteStartObject();
        json.WriteString("status", "ok");
        json.WriteNumber("dimension", result.Space.Dimensions);
        json.WriteNumber("count", result.Vectors.Count);
        json.WriteStartArray("embeddings");
        foreach (var vector in result.Vectors)
        {
            json.WriteStartArray();
            foreach (var component in vector.Span)
            {
                json.WriteNumberValue(component);
            }

            json.WriteEndArray();
            await line.SendPieceAsync(cancellationToken);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await line.EndAsync(cancellationToken);
    }
}
