using System.Buffers;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using AkiDb.Bridge.Tokenizing;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Tei;

/// <summary><c>POST /tokenize</c> and <c>POST /decode</c>.</summary>
internal sealed class TeiTokens(EmbeddingBridge bridge, ResourceLedger ledger, BodyReader bodies, TokenCounter counter)
{
    private const string TokenizeExample = "{\"inputs\": \"a text\"}";
    private const string DecodeExample = "{\"ids\": [101, 102]}";

    private static readonly string[] TokenizeMembers = ["inputs", "add_special_tokens", "prompt_name", "model"];
    private static readonly string[] DecodeMembers = ["ids", "skip_special_tokens", "model"];

    public async Task TokenizeAsync(HttpContext context)
    {
        using var account = Open(context);
        var ((request, addSpecialTokens), _) = await bodies.ReadAsync(context, account, body => TeiBody.Read(body, TokenizeExample, ReadTokenize)).ConfigureAwait(false);
        IReadOnlyList<TokenizedText> texts;
        try
        {
            texts = await bridge.TokenizeAsync(request with { Caller = account.Caller }, addSpecialTokens, account, context.RequestAborted).ConfigureAwait(false);
        }
        catch (BridgeException error)
        {
            throw await TeiRules.ExplainAsync(error, request, counter, context.RequestAborted).ConfigureAwait(false);
        }

        context.Response.ContentType = TeiError.ContentType;
        using var output = new ResponseBody(context.Response);
        using var writer = new Utf8JsonWriter(output, JsonVectors.Options);
        writer.WriteStartArray();
        foreach (var text in texts)
        {
            writer.WriteStartArray();
            foreach (var token in text.Tokens)
            {
                Write(writer, text, token);
                writer.Flush();
                await output.SendPieceAsync(context.RequestAborted).ConfigureAwait(false);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.Flush();
        await output.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
    }

    public async Task DecodeAsync(HttpContext context)
    {
        using var account = Open(context);
        var ((request, skipSpecialTokens), _) = await bodies.ReadAsync(context, account, body => TeiBody.Read(body, DecodeExample, ReadDecode)).ConfigureAwait(false);
        var texts = await bridge.DecodeAsync(request, skipSpecialTokens, context.RequestAborted).ConfigureAwait(false);
        context.Response.ContentType = TeiError.ContentType;
        using var output = new ResponseBody(context.Response);
        using var writer = new Utf8JsonWriter(output, JsonFormat.Options);
        writer.WriteStartArray();
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
        writer.Flush();
        await output.CompleteAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private RequestAccount Open(HttpContext context)
    {
        TeiBody.ExpectJson(context.Request);
        BodyReader.TakeLimit(context);
        return CallerIdentity.Of(context).Open(ledger);
    }

    private static (EmbeddingRequest Request, bool AddSpecialTokens) ReadTokenize(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, TokenizeMembers, isLenient: true);
        var request = new EmbeddingRequest { Inputs = [] };
        var (addSpecialTokens, hasInputs) = (true, false);
        json.ExpectObject(TokenizeExample);
        while (json.ReadName() is { } name)
        {
            switch (name)
            {
                case "inputs":
                    hasInputs = true;
                    request = request with { Inputs = json.TextOrTexts(name, EmbedRequestReader.MostInputs) };
                    break;
                case "add_special_tokens":
                    addSpecialTokens = json.Flag(name) ?? true;
                    break;
                case "prompt_name":
                    request = request with { PromptName = json.Text(name) };
                    break;
                default:
                    request = request with { Model = json.Text(name) };
                    break;
            }
        }

        return (hasInputs, request.Inputs.Count) switch
        {
            (false, _) => throw JsonMembers.BadMember("inputs", $"The request has no 'inputs'. Send JSON such as {TokenizeExample}."),
            (_, 0) => throw TeiRules.Empty("`inputs` cannot be empty"),
            _ => (request, addSpecialTokens),
        };
    }

    private static (EmbeddingRequest Request, bool SkipSpecialTokens) ReadDecode(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, DecodeMembers, isLenient: true);
        var request = new EmbeddingRequest { Inputs = [] };
        var skipSpecialTokens = true;
        json.ExpectObject(DecodeExample);
        while (json.ReadName() is { } name)
        {
            switch (name)
            {
                case "ids":
                    request = request with { TokenIds = json.IdsOrLists(name, EmbedRequestReader.MostInputs) };
                    break;
                case "skip_special_tokens":
                    skipSpecialTokens = json.Flag(name) ?? true;
                    break;
                default:
                    request = request with { Model = json.Text(name) };
                    break;
            }
        }

        return request.TokenIds switch
        {
            null => throw JsonMembers.BadMember("ids", $"The request has no 'ids'. Send JSON such as {DecodeExample}."),
            { Count: 0 } => throw TeiRules.Empty("`ids` cannot be empty"),
            { } ids when ids.Any(list => list.Length == 0) => throw TeiRules.Empty("`input_ids` cannot be empty"),
            _ => (request, skipSpecialTokens),
        };
    }

    private static void Write(Utf8JsonWriter writer, TokenizedText text, TextToken token)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", token.Id);
        writer.WriteString("text", token.IsSpecial ? text.NameOf(token.Id) : Encoding.UTF8.GetString(text.Utf8.AsSpan(token.Start..token.End)));
        writer.WriteBoolean("special", token.IsSpecial);
        if (token.IsSpecial)
        {
            writer.WriteNull("start");
            writer.WriteNull("stop");
        }
        else
        {
            writer.WriteNumber("start", token.Start);
            writer.WriteNumber("stop", token.End);
        }

        writer.WriteEndObject();
    }
}
