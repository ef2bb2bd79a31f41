using System.Text.Encodings.Web;
using System.Text.Json;

namespace AkiDb.Bridge.Http;

/// <summary>How this room writes JSON: quotes and accents stay readable, as every answer is JSON and never part of a page.</summary>
internal static class JsonText
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
