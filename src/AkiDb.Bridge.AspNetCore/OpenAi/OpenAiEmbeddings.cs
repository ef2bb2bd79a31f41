using System.Buffers;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore.Tei;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.OpenAi;

/// <summary><c>POST /v1/embeddings</c>, as OpenAI's clients send it; with the members that text-embeddings-inference has beside it.</summary>
/// <param name="acceptsTokenIds">Whether token ids are taken for the model's own (<see cref="HttpOptions.AcceptTokenIds"/>).</param>
internal sealed class OpenAiEmbeddings(bool acceptsTokenIds) : EmbedFace
{
    private const string Example = "{\"model\": \"all-MiniLM-L6-v2\", \"input\": [\"a text\"]}";

    private static readonly string[] Known = ["input", "model", "encoding_format", "dimensions", "space", "truncate", "truncation_direction", "normalize", "prompt_name"];

    /// <inheritdoc/>
    public override bool HidesModel => false;

    /// <inheritdoc/>
    public override EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body) => JsonMembers.Read(body, Example, ReadBody);

    private Call ReadBody(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, Known, isLenient: true);
        var request = new EmbeddingRequest { Inputs = [] };
        TextsOrIds? input = null;
        var inBase64 = false;
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            switch (name)
            {
                case "input":
                    input = json.IsNull ? null : json.TextsOrIds(name, EmbedRequestReader.MostInputs);
                    break;
                case "encoding_format":
                    inBase64 = json.Choice(name, [("float", false), ("base64", true)]) ?? false;
                    break;
                case "model":
                    request = request with { Model = json.Text(name) };
                    break;
                case "dimensions":
                    request = request with { Dimensions = json.Whole(name) };
                    break;
                case "space":
                    request = request with { Space = json.Text(name) };
                    break;
                default:
                    request = TeiMembers.Read(ref json, name, request);
                    break;
            }
        }

        var given = Check(input);
        return new Call(request with { Inputs = given.Texts, TokenIds = given.Ids }, inBase64, given.Characters);
    }

    private TextsOrIds Check(TextsOrIds? input) => input switch
    {
        null => throw JsonMembers.BadMember("input", $"The request has no 'input'. Send JSON such as {Example}."),
        { Count: 0 } => throw JsonMembers.BadMember("input", "'input' is an empty array; give at least one text."),
        { Ids: not null } when !acceptsTokenIds => throw JsonMembers.BadMember(
            "input",
            "'input' is token ids, most likely of another model's vocabulary, which would give vectors of other texts. Send texts: in LangChain's OpenAIEmbeddings set "
                + "check_embedding_ctx_length=False. Ids of this model's own vocabulary are taken with Bridge:Http:AcceptTokenIds=true."),
        { } given => given,
    };

    private sealed class Call(EmbeddingRequest request, bool inBase64, long characters) : EmbedCall(request)
    {
        public override async Task AnswerAsync(HttpContext context, EmbeddingResult? result)
        {
            TeiHeaders.Set(context.Response, characters, result!);
            context.Response.ContentType = OpenAiError.ContentType;
            using var body = new ResponseBody(context.Response);
            using var writer = new Utf8JsonWriter(body, JsonVectors.Options);
            writer.WriteStartObject();
            writer.WriteString("object", "list");
            writer.WriteStartArray("data");
            for (var index = 0; index < result!.Vectors.Count; index++)
            {
                writer.WriteStartObject();
                writer.WriteString("object", "embedding");
                writer.WriteNumber("index", index);
                writer.WritePropertyName("embedding");
                JsonVectors.Write(writer, result.Vectors[index].Span, inBase64);
                writer.WriteEndObject();
                writer.Flush();
                await body.SendPieceAsync(context.RequestAborted).ConfigureAwait(false);
            }

            writer.WriteEndArray();
            writer.WriteString("model", result.Model);
            writer.WriteStartObject("usage");
            writer.WriteNumber("prompt_tokens", result.TotalTokens);
            writer.WriteNumber("total_tokens", result.TotalTokens);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.Flush();
            await body.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }
}
