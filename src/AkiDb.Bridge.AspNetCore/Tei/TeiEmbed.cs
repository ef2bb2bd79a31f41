using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary><c>POST /embed</c> and <c>POST /</c>: the vectors, and nothing around them.</summary>
/// <param name="counter">Counts the tokens of what is refused as too long.</param>
internal sealed class TeiEmbed(TokenCounter counter) : EmbedFace
{
    private const string Example = "{\"inputs\": [\"a text\"]}";

    private static readonly string[] Known = ["inputs", .. TeiMembers.Names];

    /// <inheritdoc/>
    public override void CheckContent(HttpRequest request) => TeiBody.ExpectJson(request);

    /// <inheritdoc/>
    public override EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body) => TeiBody.Read(body, Example, ReadBody);

    private Call ReadBody(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, Known, isLenient: true);

        // Vectors have length 1 unless it is said otherwise, whatever the model.
        var request = new EmbeddingRequest { Inputs = [], Normalize = true };
        TextsOrIds? inputs = null;
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            if (name == "inputs")
            {
                inputs = json.TextsOrIds(name, EmbedRequestReader.MostInputs);
            }
            else
            {
                request = TeiMembers.Read(ref json, name, request);
            }
        }

        var given = inputs ?? throw JsonMembers.BadMember("inputs", $"The request has no 'inputs'. Send JSON such as {Example}.");
        return new Call(request with { Inputs = given.Texts, TokenIds = given.Ids }, given, counter);
    }

    private sealed class Call(EmbeddingRequest request, TextsOrIds inputs, TokenCounter counter) : EmbedCall(TeiRules.Check(request, inputs))
    {
        public override ValueTask<BridgeException> ExplainAsync(BridgeException error, CancellationToken cancellationToken) =>
            TeiRules.ExplainAsync(error, request, counter, cancellationToken);

        public override async Task AnswerAsync(HttpContext context, EmbeddingResult? result)
        {
            TeiHeaders.Set(context.Response, inputs.Characters, result!);
            context.Response.ContentType = TeiError.ContentType;
            using var body = new ResponseBody(context.Response);
            using var writer = new Utf8JsonWriter(body, JsonVectors.Options);
            writer.WriteStartArray();
            foreach (var vector in result!.Vectors)
            {
                JsonVectors.Write(writer, vector.Span, inBase64: false);
                writer.Flush();
                await body.SendPieceAsync(context.RequestAborted).ConfigureAwait(false);
            }

            writer.WriteEndArray();
            writer.Flush();
            await body.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }
}
