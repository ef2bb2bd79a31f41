using System.Text.Json.Serialization;

namespace AkiDb.Bridge.Chaos;

/// <summary>Requests and the verdict as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EmbedBody))]
[JsonSerializable(typeof(Verdict))]
internal sealed partial class ChaosJson : JsonSerializerContext;
