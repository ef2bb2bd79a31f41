using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary><c>POST /api/embed</c>.</summary>
internal sealed class OllamaEmbed(OllamaNames names) : OllamaBody
{
    private const string Example = "{\"model\": \"all-minilm-l6-v2\", \"input\": [\"a text\"]}";

    private static readonly string[] Known = ["model", "input", "truncate", "dimensions", "space"];

    /// <inheritdoc/>
    public override EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body) => JsonMembers.Read(body, Example, ReadBody);

    private Call ReadBody(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, Known, isLenient: true);
        var request = new EmbeddingRequest { Inputs = [] };
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            request = name == "input" ? request with { Inputs = Texts(ref json, name) } : Read(ref json, name, request);
        }

        var asked = request.Model;
        return new Call(asked!, names.Resolve(request));
    }

    private static string[] Texts(ref JsonMembers json, string name)
    {
        if (json.IsNull)
        {
            return [];
        }

        var given = json.TextsOrIds(name, EmbedRequestReader.MostInputs);
        return given.Ids is null ? given.Texts : throw JsonMembers.BadMember(name, "invalid input type: 'input' must be a string or an array of strings.");
    }

    // Without inputs its server only loads the model.
    private sealed class Call(string asked, EmbeddingRequest request) : EmbedCall(request.Inputs.Count == 0 ? null : request)
    {
        public override async Task AnswerAsync(HttpContext context, EmbeddingResult? result)
        {
            context.Response.ContentType = OllamaError.ContentType;
            using var body = new ResponseBody(context.Response);
            using var writer = new Utf8JsonWriter(body, JsonVectors.Options);
            writer.WriteStartObject();
            writer.WriteString("model", asked);
            writer.WriteStartArray("embeddings");
            foreach (var vector in result?.Vectors ?? [])
            {
                JsonVectors.Write(writer, vector.Span, inBase64: false);
                writer.Flush();
                await body.SendPieceAsync(context.RequestAborted).ConfigureAwait(false);
            }

            writer.WriteEndArray();
            if (result is not null)
            {
                writer.WriteNumber("total_duration", (long)result.Duration.TotalNanoseconds);
                writer.WriteNumber("load_duration", 0);
                writer.WriteNumber("prompt_eval_count", result.TotalTokens);
            }

            writer.WriteEndObject();
            writer.Flush();
            await body.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }
}
