using System.Buffers;
using System.Text.Json;
using AkiDb.Bridge.AspNetCore;

namespace AkiDb.Bridge.Host.Remote;

/// <summary>The body of <c>POST /api/v1/embed</c>.</summary>
internal static class RelayRequest
{
    /// <summary>Writes a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asBase64">Whether its vectors come as base64, which is shorter; else as JSON numbers.</param>
    public static byte[] Write(EmbeddingRequest request, bool asBase64)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            if (asBase64)
            {
                json.WriteString("encoding_format", "base64");
            }

            foreach (var (name, value) in EmbedRequestMembers.Of(request))
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case IReadOnlyList<string> texts:
                json.WriteStartArray();
                foreach (var text in texts)
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"A request holds no {value.GetType().Name}.", nameof(value));
        }
    }
}
