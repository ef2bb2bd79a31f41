using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Files;

/// <summary>How what lies beside an output is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Checkpoint))]
[JsonSerializable(typeof(BadRow))]
internal sealed partial class FilesJson : JsonSerializerContext
{
    /// <summary>For files that people read: quotes in a sentence stay as they are.</summary>
    public static FilesJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
