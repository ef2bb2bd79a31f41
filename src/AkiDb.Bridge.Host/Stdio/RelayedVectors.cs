using System.Text;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>Vectors of the other bridge; their numbers are passed on as they were written there.</summary>
internal sealed class RelayedVectors : StdioAnswer
{
    private readonly int count;
    private readonly ReadOnlyMemory<byte> embeddings;

    private RelayedVectors(int count, ReadOnlyMemory<byte> embeddings, int dimension, string model, string space) =>
        (this.count, this.embeddings, Dimension, Model, Space) = (count, embeddings, dimension, model, space);

    /// <summary>The components of each.</summary>
    public int Dimension { get; }

    /// <summary>The model, as the other bridge calls it.</summary>
    public string Model { get; }

    /// <summary>Their embedding space.</summary>
    public string Space { get; }

    /// <summary>Reads the answer of <c>POST /api/v1/embed</c>.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="inputs">How many vectors there must be.</param>
    /// <returns>Null where it is no such answer.</returns>
    public static RelayedVectors? Read(ReadOnlyMemory<byte> body, int inputs)
    {
        try
        {
            return ReadObject(body, inputs);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(AnswerLine line, CancellationToken cancellationToken)
    {
        await line.SendRawAsync(Encoding.ASCII.GetBytes($"{{\"status\":\"ok\",\"dimension\":{Dimension},\"count\":{count},\"embeddings\":"), cancellationToken);
        await line.SendRawAsync(embeddings, cancellationToken);
        await line.SendRawAsync("}\n"u8.ToArray(), cancellationToken);
        await line.FlushAsync(cancellationToken);
    }

    private static RelayedVectors? ReadObject(ReadOnlyMemory<byte> body, int inputs)
    {
        var json = new Utf8JsonReader(body.Span);
        var (embeddings, numbers, vectors, dimension) = (default(ReadOnlyMemory<byte>), 0L, 0, 0);
        string? model = null;
        string? space = null;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "embeddings":
                    var start = (int)json.TokenStartIndex;
                    (vectors, numbers) = Count(ref json);
                    embeddings = body[start..(int)json.BytesConsumed];
                    break;
                case "dimension":
                    dimension = json.GetInt32();
                    break;
                case "model":
                    model = json.GetString();
                    break;
                case "space":
                    space = json.GetString();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return vectors == inputs && numbers == (long)vectors * dimension && model is not null && space is not null
            ? new RelayedVectors(vectors, embeddings, dimension, model, space)
            : null;
    }

    private static (int Vectors, long Numbers) Count(ref Utf8JsonReader json)
    {
        var (vectors, numbers) = (0, 0L);
        for (var depth = json.CurrentDepth; json.Read() && json.CurrentDepth > depth;)
        {
            vectors += json.TokenType == JsonTokenType.StartArray ? 1 : 0;
            numbers += json.TokenType == JsonTokenType.Number ? 1 : 0;
        }

        return (vectors, numbers);
    }
}
