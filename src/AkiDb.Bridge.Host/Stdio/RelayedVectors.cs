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
    public static RelayedVectors? Read(byte[] body, int inputs)
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

    private static RelayedVectors? ReadObject(byte[] body, int inputs)
    {
        var json = new Utf8JsonReader(body);
        var (embeddings, vectors, length, dimension) = (default(Memory<byte>), 0, 0, 0);
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
                    (vectors, length) = ReadMatrix(ref json);
                    embeddings = body.AsMemory(start..(int)json.BytesConsumed);
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

        // What stands behind the object is no JSON, and throws.
        json.Read();
        if (vectors != inputs || length != dimension || model is null || space is null)
        {
            return null;
        }

        // Only numbers and brackets are here. The end of a line would be the end of this answer, and the rest of it the answer to the next call.
        embeddings.Span.Replace((byte)'\n', (byte)' ');
        embeddings.Span.Replace((byte)'\r', (byte)' ');
        return new RelayedVectors(vectors, embeddings, dimension, model, space);
    }

    // The sum would not do: [[1,2,3],[4]] has as many numbers as two vectors of two.
    private static (int Vectors, int Length) ReadMatrix(ref Utf8JsonReader json)
    {
        var (vectors, length) = (0, 0);
        Expect(json.TokenType == JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Expect(json.TokenType == JsonTokenType.StartArray);
            var numbers = 0;
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                Expect(json.TokenType == JsonTokenType.Number && json.TryGetSingle(out var component) && float.IsFinite(component));
                numbers++;
            }

            Expect(numbers > 0 && (vectors == 0 || numbers == length));
            (vectors, length) = (vectors + 1, numbers);
        }

        return (vectors, length);
    }

    private static void Expect(bool isAsABridgeWritesIt)
    {
        if (!isAsABridgeWritesIt)
        {
            throw new JsonException();
        }
    }
}
