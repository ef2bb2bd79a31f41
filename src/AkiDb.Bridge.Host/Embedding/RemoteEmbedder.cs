using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.Host.Remote;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>Embeds texts by a bridge that runs elsewhere.</summary>
/// <param name="target">The bridge.</param>
/// <param name="model">The model; null for its default one.</param>
/// <param name="settings">How texts are embedded.</param>
/// <param name="time">The clock.</param>
internal sealed class RemoteEmbedder(AttachTarget target, string? model, EmbedSettings settings, TimeProvider time) : ITextEmbedder
{
    // The connection waits longer for an answer than the bridge works on it.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    private readonly BridgeConnection connection = new(target, time);

    /// <inheritdoc/>
    public int MostCharacters { get; } = new AdmissionOptions().MaxInputChars;

    /// <inheritdoc/>
    public int RequestsAtATime => FileEmbedding.MostAtATime;

    /// <inheritdoc/>
    public async Task<EmbeddedTexts> EmbedAsync(IReadOnlyList<string> texts, string? space, CancellationToken cancellationToken)
    {
        try
        {
            // A file's portions demand the space that a short request before them has had: that one says soon if nothing answers.
            var timeout = space is null ? BridgeConnection.LongestTry - Margin : FileEmbedding.LongestPortion;
            var request = settings.RequestOf(texts, model, space) with { Priority = EmbeddingPriority.Bulk, Timeout = timeout };
            var reply = await connection.SendAsync(RelayRequest.Write(request, asBase64: true), texts.Count, timeout + Margin, cancellationToken);
            return reply switch
            {
                { Answer: { } answer } => Read(answer, texts.Count),
                { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => throw new NotAcceptedException($"The bridge at {connection.Where} refuses: {reply.Sentence} A key is given with --key-file."),
                _ => throw new BridgeException(reply.Problem()),
            };
        }
        catch (Exception error) when (error is not NotAcceptedException && BridgeConnection.IsFailure(error) && !cancellationToken.IsCancellationRequested)
        {
            throw new BridgeException(new BridgeError(BridgeErrorKind.NoEngine, $"The bridge at {connection.Where} cannot be reached: {error.Message}"), error);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private EmbeddedTexts Read(byte[] answer, int count)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var root = json.RootElement;
            List<ReadOnlyMemory<float>> vectors = [.. root.GetProperty("embeddings").EnumerateArray().Select(ReadVector)];
            var dimension = root.GetProperty("dimension").GetInt32();
            return vectors.Count == count && vectors.TrueForAll(vector => vector.Length == dimension && !vector.Span.ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                ? new EmbeddedTexts(vectors, root.GetProperty("space").GetString()!, root.GetProperty("usage").GetProperty("total_tokens").GetInt64(), root.GetProperty("served_by").GetString()!)
                : throw NoBridge();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw NoBridge();
        }
    }

    // As the API writes it: little-endian float32, which every machine that .NET runs on has.
    private static ReadOnlyMemory<float> ReadVector(JsonElement vector) => MemoryMarshal.Cast<byte, float>(vector.GetBytesFromBase64()).ToArray();

    private BridgeException NoBridge() => new(new BridgeError(BridgeErrorKind.EngineFault, $"What answers at {connection.Where} does not answer as a bridge does. Look at --url."));
}
