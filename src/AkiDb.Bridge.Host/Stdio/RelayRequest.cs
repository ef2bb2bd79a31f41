using System.Buffers;
using System.Text.Json;

namespace AkiDb.Bridge.Host.Stdio;

/// <summary>The body of <c>POST /api/v1/embed</c>.</summary>
internal static class RelayRequest
{
    public static byte[] Write(EmbedBatchCall call)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("model", call.Model);
            json.WriteBoolean("normalize", call.Normalize);

            // An answer on these lines cannot say that another model gave it.
            json.WriteString("fallback", "same-space");
            json.WriteStartArray("inputs");
            foreach (var input in call.Inputs)
            {
                json.WriteStringValue(input);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }
}
