using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary><c>POST /api/embeddings</c>, the route before <c>/api/embed</c>: one text, one vector.</summary>
internal sealed class OllamaEmbeddings(OllamaNames names) : OllamaBody
{
    private const string Example = "{\"model\": \"all-minilm-l6-v2\", \"prompt\": \"a text\"}";

    private static readonly string[] Known = ["model", "prompt", "truncate", "dimensions", "space"];

    /// <inheritdoc/>
    public override EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body) => JsonMembers.Read(body, Example, ReadBody);

    private Call ReadBody(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, Known, isLenient: true);
        var request = new EmbeddingRequest { Inputs = [] };
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            request = name == "prompt" ? request with { Inputs = json.Text(name) is { } text ? [text] : [] } : Read(ref json, name, request);
        }

        return new Call(names.Resolve(request));
    }

    private sealed class Call(EmbeddingRequest request) : EmbedCall(request.Inputs.Count == 0 ? null : request)
    {
        public override async Task AnswerAsync(HttpContext context, EmbeddingResult? result)
        {
            context.Response.ContentType = OllamaError.ContentType;
            using var body = new ResponseBody(context.Response);
            using var writer = new Utf8JsonWriter(body, JsonVectors.Options);
            writer.WriteStartObject();
            writer.WritePropertyName("embedding");
            JsonVectors.Write(writer, result is null ? [] : result.Vectors[0].Span, inBase64: false);
            writer.WriteEndObject();
            writer.Flush();
            await body.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }
}
