using System.Buffers;
using System.Numerics.Tensors;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary><c>POST /similarity</c>: the cosines of one sentence with others.</summary>
internal sealed class TeiSimilarity(TokenCounter counter) : EmbedFace
{
    private const string Example = "{\"inputs\": {\"source_sentence\": \"a text\", \"sentences\": [\"another\"]}}";

    private static readonly string[] Known = ["inputs", "parameters", "model", "space"];
    private static readonly string[] InputMembers = ["source_sentence", "sentences"];
    private static readonly string[] ParameterMembers = ["truncate", "truncation_direction", "prompt_name"];

    /// <inheritdoc/>
    public override void CheckContent(HttpRequest request) => TeiBody.ExpectJson(request);

    /// <inheritdoc/>
    public override EmbedCall Read(HttpRequest request, ReadOnlySequence<byte> body) => TeiBody.Read(body, Example, ReadBody);

    private Call ReadBody(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, Known, isLenient: true);
        var request = new EmbeddingRequest { Inputs = [], Normalize = true };
        string[]? texts = null;
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            switch (name)
            {
                case "inputs":
                    texts = ReadInputs(json.Object(name));
                    break;
                case "parameters":
                    request = json.IsNull ? request : ReadParameters(json.Object(name), request);
                    break;
                default:
                    request = TeiMembers.Read(ref json, name, request);
                    break;
            }
        }

        return new Call(request with { Inputs = texts ?? throw JsonMembers.BadMember("inputs", $"The request has no 'inputs'. Send JSON such as {Example}.") }, counter);
    }

    private static string[] ReadInputs(ReadOnlySequence<byte> inputs)
    {
        var json = new JsonMembers(inputs, InputMembers, isLenient: true);
        string? source = null;
        string[]? sentences = null;
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            if (name == "sentences")
            {
                sentences = json.StringsOrNone(name, EmbedRequestReader.MostInputs);
            }
            else
            {
                source = json.Text(name);
            }
        }

        if (source is null || sentences is null)
        {
            throw JsonMembers.BadMember("inputs", $"'inputs' needs 'source_sentence' and 'sentences'. Send JSON such as {Example}.");
        }

        return sentences.Length > 0 ? [source, .. sentences] : throw TeiRules.Empty("`inputs.sentences` cannot be empty");
    }

    private static EmbeddingRequest ReadParameters(ReadOnlySequence<byte> parameters, EmbeddingRequest request)
    {
        var json = new JsonMembers(parameters, ParameterMembers, isLenient: true);
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            request = TeiMembers.Read(ref json, name, request);
        }

        return request;
    }

    private sealed class Call(EmbeddingRequest request, TokenCounter counter) : EmbedCall(request)
    {
        public override ValueTask<BridgeException> ExplainAsync(BridgeException error, CancellationToken cancellationToken) =>
            TeiRules.ExplainAsync(error, Request!, counter, cancellationToken);

        public override async Task AnswerAsync(HttpContext context, EmbeddingResult? result)
        {
            TeiHeaders.Set(context.Response, new TextsOrIds([.. Request!.Inputs], null).Characters, result!);
            context.Response.ContentType = TeiError.ContentType;
            using var body = new ResponseBody(context.Response);
            using var writer = new Utf8JsonWriter(body, JsonVectors.Options);
            writer.WriteStartArray();
            foreach (var vector in result!.Vectors.Skip(1))
            {
                // Both have length 1.
                writer.WriteNumberValue(TensorPrimitives.Dot(result.Vectors[0].Span, vector.Span));
            }

            writer.WriteEndArray();
            writer.Flush();
            await body.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }
}
