using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Host.Embedding;

/// <summary>How the summary is written with <c>--json</c>, and how far a submission has come.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EmbedSummary))]
[JsonSerializable(typeof(SubmittedRows))]
internal sealed partial class EmbedJson : JsonSerializerContext;
