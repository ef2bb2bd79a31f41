using System.Text.Json;

namespace AkiDb.Bridge.Diagnostics;

/// <summary>The member <c>models</c>, which says what is served. What is unknown is left out.</summary>
internal static class ModelsJson
{
    public static void Write(Utf8JsonWriter writer, BridgeStatus status)
    {
        writer.WriteStartArray("models");
        foreach (var model in status.Models)
        {
            Write(writer, model.Model, model.State, model.Facts, isDefault: model == status.Default, isFallback: false);
            if (model.FallbackModel is { } second)
            {
                // It only answers for the one before it in the list, whose state it has.
                Write(writer, second.Model, model.State, second.Facts, isDefault: false, isFallback: true);
            }
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string id, BridgeState state, ModelFacts? facts, bool isDefault, bool isFallback)
    {
        writer.WriteStartObject();
        writer.WriteString("id", id);
        writer.WriteString("state", StatusJson.NameOf(state));
        if (facts is not null)
        {
            writer.WriteNumber("dimension", facts.Dimension);
            writer.WriteNumber("max_tokens", facts.MaxTokens);
            writer.WriteString("pooling", facts.Pooling);
        }

        JsonFormat.WriteTexts(writer, "prompts", facts?.Prompts ?? []);
        writer.WriteBoolean("default", isDefault);
        writer.WriteBoolean("fallback", isFallback);
        if (facts?.Space is { } space)
        {
            writer.WriteString("space", space.ToString());
            WriteSpace(writer, space);
        }

        writer.WriteEndObject();
    }

    private static void WriteSpace(Utf8JsonWriter writer, EmbeddingSpace space)
    {
        writer.WriteStartObject("space_members");
        writer.WriteString("model", space.Model);
        if (space.Revision is not null)
        {
            writer.WriteString("revision", space.Revision);
        }

        writer.WriteString("weights", space.Weights);
        writer.WriteString("pooling", space.Pooling);
        writer.WriteString("prompt", space.Prompt);
        writer.WriteNumber("dimensions", space.Dimensions);
        writer.WriteBoolean("normalized", space.Normalized);
        writer.WriteString("precision", space.Precision);
        if (space.Library is not null)
        {
            writer.WriteString("library", space.Library);
        }

        writer.WriteEndObject();
    }
}
