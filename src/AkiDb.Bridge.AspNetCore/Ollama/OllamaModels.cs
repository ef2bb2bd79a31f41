using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AkiDb.Bridge.Admission;
using AkiDb.Bridge.AspNetCore.Access;
using AkiDb.Bridge.Diagnostics;
using AkiDb.Bridge.Requests;
using Microsoft.AspNetCore.Http;

namespace AkiDb.Bridge.AspNetCore.Ollama;

/// <summary><c>GET /api/tags</c>, <c>GET /api/version</c> and <c>POST /api/show</c>: what clients ask before they embed.</summary>
internal sealed class OllamaModels(EmbeddingBridge bridge, OllamaNames names, BodyReader bodies, ResourceLedger ledger, DateTimeOffset started)
{
    // The version whose routes these are like; clients compare it with what they need.
    private const string Version = "0.12.6";
    private const string Example = "{\"model\": \"all-minilm-l6-v2\"}";

    private static readonly string[] Known = ["model", "name"];

    public static Task VersionAsync(HttpContext context) =>
        JsonText.AnswerAsync(context, StatusCodes.Status200OK, writer => writer.WriteString("version", Version), OllamaError.ContentType);

    public Task TagsAsync(HttpContext context) => JsonText.AnswerAsync(
        context,
        StatusCodes.Status200OK,
        writer =>
        {
            writer.WriteStartArray("models");
            foreach (var model in bridge.GetStatus().Models)
            {
                writer.WriteStartObject();
                writer.WriteString("name", model.Model + OllamaNames.Tag);
                writer.WriteString("model", model.Model + OllamaNames.Tag);
                writer.WriteString("modified_at", started);
                writer.WriteNumber("size", 0);
                writer.WriteString("digest", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(model.Facts?.Space?.ToString() ?? model.Model))));
                WriteDetails(writer, model);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        },
        OllamaError.ContentType);

    public async Task ShowAsync(HttpContext context)
    {
        RequestContent.ExpectPlainBody(context.Request);
        BodyReader.TakeLimit(context);
        using var account = CallerIdentity.Of(context).Open(ledger);
        var (name, _) = await bodies.ReadAsync(context, account, body => JsonMembers.Read(body, Example, ReadName)).ConfigureAwait(false);
        var model = bridge.FindModel(names.Resolve(name));
        await JsonText.AnswerAsync(context, StatusCodes.Status200OK, writer => WriteModel(writer, model), OllamaError.ContentType).ConfigureAwait(false);
    }

    private static string? ReadName(ReadOnlySequence<byte> body)
    {
        var json = new JsonMembers(body, Known, isLenient: true);
        string? found = null;
        json.ExpectObject(Example);
        while (json.ReadName() is { } name)
        {
            found = json.Text(name) ?? found;
        }

        return found;
    }

    private void WriteModel(Utf8JsonWriter writer, ModelStatus model)
    {
        writer.WriteString("modelfile", $"FROM {model.Model}");
        writer.WriteString("parameters", "");
        writer.WriteString("template", "");
        WriteDetails(writer, model);
        var family = FamilyOf(model);
        writer.WriteStartObject("model_info");
        writer.WriteString("general.architecture", family);
        if (model.Facts is { } facts)
        {
            writer.WriteNumber($"{family}.embedding_length", facts.Dimension);
            writer.WriteNumber($"{family}.context_length", facts.MaxTokens);
        }

        writer.WriteEndObject();
        JsonFormat.WriteTexts(writer, "capabilities", ["embedding"]);
        writer.WriteString("modified_at", started);
    }

    private static void WriteDetails(Utf8JsonWriter writer, ModelStatus model)
    {
        writer.WriteStartObject("details");
        writer.WriteString("parent_model", "");
        writer.WriteString("format", "safetensors");
        writer.WriteString("family", FamilyOf(model));
        JsonFormat.WriteTexts(writer, "families", [FamilyOf(model)]);
        writer.WriteString("parameter_size", "");
        writer.WriteString("quantization_level", (model.Facts?.Space?.Precision ?? "").ToUpperInvariant());
        writer.WriteEndObject();
    }

    private static string FamilyOf(ModelStatus model) => model.Facts?.Architecture ?? "unknown";
}
