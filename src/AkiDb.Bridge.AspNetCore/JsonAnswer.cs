using System.Buffers;
using System.Text.Json;

namespace AkiDb.Bridge.AspNetCore;

/// <summary>An answer in JSON; vectors are arrays of numbers, or the base64 of little-endian float32.</summary>
internal sealed class JsonAnswer(IBufferWriter<byte> output, bool inBase64) : AnswerFormat
{
    private readonly Utf8JsonWriter writer = new(output, new JsonWriterOptions { SkipValidation = true });

    public override string ContentType => JsonText.ContentType;

    public override void BeginMap(int members) => writer.WriteStartObject();

    public override void BeginMap(string name, int members) => writer.WriteStartObject(name);

    public override void EndMap()
    {
        writer.WriteEndObject();
        writer.Flush();
    }

    public override void BeginVectors(string name, int count, int dimensions) => writer.WriteStartArray(name);

    public override void Vector(ReadOnlySpan<float> vector)
    {
        JsonVectors.Write(writer, vector, inBase64);
        writer.Flush();
    }

    public override void EndVectors() => writer.WriteEndArray();

    public override void Text(string name, string value) => writer.WriteString(name, value);

    public override void Number(string name, long value) => writer.WriteNumber(name, value);

    public override void Flag(string name, bool value) => writer.WriteBoolean(name, value);

    public override void Flags(string name, IReadOnlyList<bool> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writer.WriteBooleanValue(value);
        }

        writer.WriteEndArray();
    }

    public override void Dispose()
    {
        writer.Dispose();
        base.Dispose();
    }
}
